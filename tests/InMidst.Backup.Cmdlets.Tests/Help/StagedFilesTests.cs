namespace InMidst.Backup.Cmdlets.Tests.Help;

public class StagedFilesTests
{
    [Fact]
    public void The_build_stages_these_files_and_no_others() => Assert.Equal(
        [
            "bin/InMidst.Backup.Format.ps1xml",
            "bin/InMidst.Backup.Loader.dll",
            "bin/InMidst.Backup.Loader.pdb",
            "bin/InMidst.Backup.dll",
            "bin/InMidst.Backup.pdb",
            "bin/deps/AWSSDK.Core.dll",
            "bin/deps/AWSSDK.S3.dll",
            "bin/deps/AWSSDK.SecurityToken.dll",
            "bin/deps/BouncyCastle.Cryptography.dll",
            "bin/deps/InMidst.Backup.Core.dll",
            "bin/deps/InMidst.Backup.Core.pdb",
            "bin/deps/InMidst.Backup.Postgres.dll",
            "bin/deps/InMidst.Backup.Postgres.pdb",
            "bin/deps/Microsoft.Extensions.DependencyInjection.Abstractions.dll",
            "bin/deps/Microsoft.Extensions.Logging.Abstractions.dll",
            "bin/deps/Npgsql.dll",
            "bin/deps/System.IO.Hashing.dll",
            "bin/deps/ZstdSharp.dll",
            "en-US/InMidst.Backup-Help.xml",
            "en-US/about_InMidst.Backup.help.txt",
        ],
        Staged());

    [Fact]
    public void The_engine_of_PowerShell_is_never_staged() =>
        Assert.DoesNotContain(Staged(), file => file.Contains("System.Management.Automation", StringComparison.OrdinalIgnoreCase));

    [Fact]
    public void What_is_staged_is_what_this_build_made() => Assert.Equal(
        File.ReadAllBytes(StagedModule.Output("InMidst.Backup", "InMidst.Backup.dll")),
        File.ReadAllBytes(Path.Combine(StagedModule.Root, "bin", "InMidst.Backup.dll")));

    private static string[] Staged() =>
    [
        .. new[] { "bin", "en-US" }
            .SelectMany(directory => Directory.EnumerateFiles(Path.Combine(StagedModule.Root, directory), "*", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(StagedModule.Root, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal),
    ];
}
