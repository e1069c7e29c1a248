using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Processes;
using InMidst.Backup.Postgres.Sandbox;

namespace InMidst.Backup.Integration.Tests.Sandbox;

public sealed class SandboxSecurityTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // As any other user than root the server simply runs as that user.
    private static string ServerAccount => Environment.IsPrivilegedProcess ? "nobody" : Environment.UserName;

    [Fact]
    public async Task The_server_runs_as_an_account_without_rights_in_a_directory_of_its_own()
    {
        await using var place = new SandboxPlace();
        await using SandboxServer server = await place.StartAsync(Token);
        string passage = Environment.IsPrivilegedProcess ? "drwx--x--x" : "drwx------";

        Assert.Equal($"{ServerAccount}", await OutputAsync("/usr/bin/stat", "-c", "%U", $"/proc/{server.ProcessId}"));
        Assert.Equal($"{passage} {Environment.UserName}", await ModeAsync(place.Root));
        Assert.Equal($"{passage} {Environment.UserName}", await ModeAsync(server.Directory));
        Assert.Equal($"drwx------ {ServerAccount}", await ModeAsync(server.HostName));
        Assert.Equal($"drwx------ {ServerAccount}", await ModeAsync(server.DataDirectory));
        Assert.Equal($"srwx------ {ServerAccount}", await ModeAsync(Path.Combine(server.HostName, ".s.PGSQL.5432")));
        Assert.Equal($"-rw------- {Environment.UserName}", await ModeAsync(Path.Combine(server.Directory, "sandbox.json")));
    }

    [Fact]
    public async Task The_password_is_in_no_file_and_on_no_command_line()
    {
        await using var place = new SandboxPlace();
        await using SandboxServer server = await place.StartAsync(Token);

        ChildOutput search = await ChildProcess.RunAsync(
            new ChildProcessOptions { FileName = "/bin/grep", Arguments = ["-rslF", "-e", server.Password, server.Directory] },
            TimeSpan.FromSeconds(30), Token);
        Assert.Equal((1, ""), (search.Code, search.StandardOutput));
        foreach (int process in place.Processes())
            Assert.DoesNotContain(server.Password, await File.ReadAllTextAsync($"/proc/{process}/cmdline", Token));
    }

    [Theory]
    [InlineData("postgres")]
    [InlineData("root")]
    [InlineData("no-such-account")]
    [InlineData("-n")]
    public async Task Accounts_it_must_not_use_are_refused(string account)
    {
        await using var place = new SandboxPlace();
        var failure = await Assert.ThrowsAsync<BackupException>(
            () => place.StartAsync(new SandboxOptions { RunAs = account }, Token));
        Assert.Equal(ErrorIds.InvalidArgument, failure.Id);
        Assert.False(Directory.Exists(place.Root));
    }

    [Fact]
    public async Task A_root_that_is_a_link_is_refused()
    {
        using var elsewhere = new TemporaryDirectory();
        string link = Path.Combine(elsewhere.Path, "link");
        Directory.CreateSymbolicLink(link, elsewhere.Sub("target"));

        var failure = await Assert.ThrowsAsync<BackupException>(
            () => SandboxServer.StartAsync(new SandboxOptions { RootDirectory = link }, null, Token));
        Assert.Equal(ErrorIds.SandboxFailed, failure.Id);
        await Assert.ThrowsAsync<BackupException>(() => SandboxServer.ListAsync(link, Token));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(elsewhere.Path, "target")));
    }

    [Fact]
    public async Task A_root_of_another_account_is_refused()
    {
        // Root can give a directory away; another user finds one that is not his: the root of the file system.
        using var elsewhere = new TemporaryDirectory();
        string foreign = Environment.IsPrivilegedProcess ? elsewhere.Sub("foreign") : "/";
        if (Environment.IsPrivilegedProcess)
            await OutputAsync("/bin/chown", "nobody", foreign);

        var failure = await Assert.ThrowsAsync<BackupException>(
            () => SandboxServer.StartAsync(new SandboxOptions { RootDirectory = foreign }, null, Token));
        Assert.Equal(ErrorIds.SandboxFailed, failure.Id);
        Assert.Contains("not a directory of this account", failure.Message);
    }

    private static async Task<string> ModeAsync(string path)
    {
        string[] fields = (await OutputAsync("/bin/ls", "-ld", path)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return $"{fields[0]} {fields[2]}";
    }

    private static async Task<string> OutputAsync(string program, params string[] arguments)
    {
        ChildOutput output = await ChildProcess.RunAsync(
            new ChildProcessOptions { FileName = program, Arguments = arguments }, TimeSpan.FromSeconds(30), Token);
        Assert.Equal((0, ""), (output.Code, output.StandardErrorTail));
        return output.StandardOutput.Trim();
    }
}
