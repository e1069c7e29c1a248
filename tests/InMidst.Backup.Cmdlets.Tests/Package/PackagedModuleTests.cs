using System.Diagnostics;
using InMidst.Backup.Cmdlets.Tests.Help;
using StagedModule = InMidst.Backup.Cmdlets.Tests.Help.StagedModule;

namespace InMidst.Backup.Cmdlets.Tests.Package;

/// <summary>The files that are shipped, in a place of their own and in a process of their own: nothing else may be needed.</summary>
public sealed class PackagedModuleTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_manifest_bin_and_en_US_are_the_whole_module()
    {
        string module = _directory.File("InMidst.Backup");
        CopyShipped(module);

        string output = await RunMidstAsync($$"""
            $ErrorActionPreference = 'Stop'
            Import-Module '{{module}}/InMidst.Backup.psd1'
            (Get-Command -Module InMidst.Backup | ForEach-Object Name) -join ','
            (Get-Help Backup-MidstDatabase).Synopsis
            Test-MidstBackup -LiteralPath '{{WriteDump()}}' -Quiet
            """);

        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(StagedModule.PromisedCmdlets().Order(StringComparer.Ordinal), lines[0].Split(',').Order(StringComparer.Ordinal));
        Assert.Equal("Backs up PostgreSQL databases.", lines[1]);
        Assert.Equal("True", lines[2]);
    }

    private static void CopyShipped(string target)
    {
        Directory.CreateDirectory(target);
        File.Copy(StagedModule.Manifest, Path.Combine(target, "InMidst.Backup.psd1"));
        foreach (string file in new[] { "bin", "en-US" }.SelectMany(d => Directory.EnumerateFiles(Path.Combine(StagedModule.Root, d), "*", SearchOption.AllDirectories)))
        {
            string copy = Path.Combine(target, Path.GetRelativePath(StagedModule.Root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private string WriteDump()
    {
        string file = _directory.File("whole.sql");
        File.WriteAllText(file, """
            --
            -- PostgreSQL database dump
            --

            CREATE TABLE t (i integer);
            COPY t (i) FROM stdin;
            1
            \.

            --
            -- PostgreSQL database dump complete
            --

            """);
        return file;
    }

    private async Task<string> RunMidstAsync(string script)
    {
        string file = _directory.File("script.ps1");
        await File.WriteAllTextAsync(file, script);
        var start = new ProcessStartInfo("dotnet", [StagedModule.Output("InMidst.Backup.Shell", "midst.dll"), "-NoModule", "-NonInteractive", "-File", file])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _directory.Path,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal("", await errors);
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
