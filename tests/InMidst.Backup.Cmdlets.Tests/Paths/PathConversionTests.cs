using System.Management.Automation;
using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.Paths;

public sealed class PathConversionTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("midst-paths-").FullName;
    private readonly PowerShellHost _shell = StagedModule.Open();

    public PathConversionTests()
    {
        _shell.Set("probe", new PathProbe());
        _shell.Set("directory", _directory);
        _shell.Run("$null = $ExecutionContext.SessionState.Path.SetLocation($directory)").Successful();
    }

    public void Dispose()
    {
        _shell.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("./backups")]
    [InlineData("backups")]
    [InlineData("./backups/")]
    [InlineData("backups/../backups")]
    public void A_relative_path_starts_at_the_location_of_PowerShell(string text)
    {
        Assert.NotEqual(_directory, Environment.CurrentDirectory);
        Assert.Equal(Path.Combine(_directory, "backups"), ToAbsolute(text));
    }

    [Fact]
    public void An_absolute_path_stays_what_it_is()
    {
        string path = Path.Combine(_directory, "elsewhere", "backups");

        Assert.Equal(path, ToAbsolute(path));
    }

    [Fact]
    public void A_tilde_is_the_home_directory()
    {
        Assert.Equal(
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), "backups"), ToAbsolute("~/backups"));
    }

    [Fact]
    public void A_path_as_Get_ChildItem_gives_it_is_understood()
    {
        Assert.Equal(
            Path.Combine(_directory, "one.sql"),
            ToAbsolute($"Microsoft.PowerShell.Core\\FileSystem::{Path.Combine(_directory, "one.sql")}"));
    }

    [Fact]
    public void Wildcard_characters_of_a_repository_mean_themselves()
    {
        Assert.Equal(Path.Combine(_directory, "back[1]*"), ToAbsolute("./back[1]*"));
    }

    [Fact]
    public void A_pattern_finds_the_files_that_exist()
    {
        foreach (string name in (string[])["b.sql.gz", "a.sql.gz", "notes.txt"])
            File.WriteAllText(Path.Combine(_directory, name), name);

        PsResult result = Find("*.sql.gz").Successful();

        Assert.Equal(
            [Path.Combine(_directory, "a.sql.gz"), Path.Combine(_directory, "b.sql.gz")],
            result.Values.Cast<string>().Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("missing.sql")]
    [InlineData("*.missing")]
    [InlineData("missing/*.sql")]
    public void What_does_not_exist_is_not_found(string text)
    {
        AssertFails("BackupNotFound", text, Find(text));
    }

    [Theory]
    [InlineData("s3://bucket/prefix", "S3")]
    [InlineData("S3://bucket", "S3")]
    [InlineData("postgresql://user:hunter2@host/db", "postgresql")]
    [InlineData("file:///tmp/backups", "file")]
    public void A_URI_is_refused_without_repeating_it(string text, string named)
    {
        PsResult result = Convert(text);

        AssertFails("InvalidArgument", named, result);
        Assert.DoesNotContain("hunter2", result.Errors[0].ToString(), StringComparison.Ordinal);
        AssertFails("InvalidArgument", named, Find(text));
    }

    [Theory]
    [InlineData("s3://bucket/prefix", "s3://bucket/prefix")]
    [InlineData(" S3://bucket/prefix/", "s3://bucket/prefix")]
    [InlineData("s3://bucket/a b/[1]*.sql", "s3://bucket/a b/[1]*.sql")]
    public void S3_is_taken_where_repositories_and_dumps_are_meant(string text, string expected)
    {
        Assert.Equal([expected], Call("ToRepository", text).Successful().Values);
        Assert.Equal([expected], Call("ToDump", text).Successful().Values);
        Assert.Equal([expected], Call("FindDumps", text).Successful().Values);
    }

    [Theory]
    [InlineData("https://s3.example.org/bucket/prefix")]
    [InlineData(" HTTP://user:hunter2@host/bucket")]
    public void A_web_address_of_a_bucket_is_told_how_repositories_on_S3_are_named(string text)
    {
        PsResult result = Call("ToRepository", text);

        AssertFails("InvalidArgument", "web address", result);
        Exception cause = result.Errors[0].Exception.InnerException!;
        string guidance = (string)cause.GetType().GetProperty("Guidance")!.GetValue(cause)!;
        Assert.Contains("s3://bucket/prefix", guidance, StringComparison.Ordinal);
        Assert.Contains("-S3Endpoint", guidance, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", result.Errors[0].ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3://AKIA0815:hunter2@bucket/prefix")]
    [InlineData("s3://hunter2@bucket")]
    [InlineData("postgresql://user:hunter2@host/db")]
    public void Keys_in_a_URI_are_refused_and_not_repeated(string text)
    {
        foreach (string method in (string[])["ToRepository", "ToDump", "FindDumps"])
        {
            PsResult result = Call(method, text);
            AssertFails("InvalidArgument", "URI", result);
            Assert.DoesNotContain("hunter2", result.Errors[0].ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_repository_that_is_no_URI_is_a_path()
    {
        Assert.Equal([Path.Combine(_directory, "backups")], Call("ToRepository", "./backups").Successful().Values);
    }

    [Theory]
    [InlineData("Env:PATH", "Environment")]
    [InlineData("Variable:probe", "Variable")]
    public void A_path_of_another_provider_is_refused_by_its_name(string text, string provider)
    {
        AssertFails("InvalidArgument", provider, Convert(text));
        AssertFails("InvalidArgument", provider, Find(text));
    }

    [Fact]
    public void A_relative_path_is_refused_where_the_location_is_not_in_the_file_system()
    {
        _shell.Run("$null = $ExecutionContext.SessionState.Path.SetLocation('Env:')").Successful();

        AssertFails("InvalidArgument", "Environment", Convert("./backups"));
    }

    [Theory]
    [InlineData("nodrive:backups")]
    [InlineData("NoProvider::/tmp")]
    [InlineData("")]
    [InlineData("a\0b")]
    public void What_is_no_path_at_all_is_refused(string text)
    {
        AssertFails("InvalidArgument", text.Split('\0')[0], Convert(text));
    }

    private static void AssertFails(string id, string named, PsResult result)
    {
        Exception thrown = Assert.Single(result.Errors).Exception;
        Exception cause = thrown is MethodInvocationException ? thrown.InnerException! : thrown;
        Assert.Equal("BackupException", cause.GetType().Name);
        Assert.Equal(id, cause.GetType().GetProperty("Id")!.GetValue(cause)!.ToString());
        Assert.Contains(named, cause.Message, StringComparison.Ordinal);
    }

    private string ToAbsolute(string text) => Assert.IsType<string>(Assert.Single(Convert(text).Successful().Values));

    private PsResult Convert(string text)
    {
        _shell.Set("text", text);
        return _shell.Run("$probe.ToAbsolute($ExecutionContext.SessionState, $text)");
    }

    private PsResult Call(string method, string text)
    {
        _shell.Set("text", text);
        return _shell.Run($"$probe.Call($ExecutionContext.SessionState, '{method}', $text)");
    }

    private PsResult Find(string text)
    {
        _shell.Set("text", text);
        return _shell.Run("$probe.FindExisting($ExecutionContext.SessionState, $text)");
    }
}
