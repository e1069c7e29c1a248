using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using InMidst.Backup.Core.Processes;

namespace InMidst.Backup.Integration.Tests.Processes;

public sealed class ChildProcessTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Arguments_arrive_as_they_are_without_a_shell()
    {
        ChildOutput output = await ChildProcess.RunAsync(
            new ChildProcessOptions { FileName = "/usr/bin/printf", Arguments = ["%s|", "a b", "$(id)", "", "'\"\\"] },
            TimeSpan.FromSeconds(10), Token);

        Assert.Equal(0, output.Code);
        Assert.Equal("a b|$(id)||'\"\\|", output.StandardOutput);
    }

    [Fact]
    public async Task Removed_variables_do_not_reach_the_child_and_given_ones_do()
    {
        Environment.SetEnvironmentVariable("MIDSTTEST_LEAK", "leaks");
        await using var child = ChildProcess.Start(new ChildProcessOptions
        {
            FileName = "/usr/bin/env",
            RemoveEnvironmentPrefix = ["MIDSTTEST_", "PATH"],
            Environment = new Dictionary<string, string?> { ["MIDSTTEST_GIVEN"] = "arrives", ["HOME"] = null },
        });
        string seen = await new StreamReader(child.StandardOutput).ReadToEndAsync(Token);
        await child.WaitForExitAsync(Token);

        string[] lines = seen.Split('\n');
        Assert.Contains("MIDSTTEST_GIVEN=arrives", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("MIDSTTEST_LEAK") || line.StartsWith("PATH=") || line.StartsWith("HOME="));
    }

    [Fact]
    public async Task The_output_is_streamed_byte_for_byte_and_input_is_at_its_end()
    {
        await using var child = Shell("cat; printf '\\000\\377\\r\\n'");
        using var bytes = new MemoryStream();
        await child.StandardOutput.CopyToAsync(bytes, Token);

        Assert.Equal(new byte[] { 0, 255, 13, 10 }, bytes.ToArray());
        Assert.Equal(0, (await child.WaitForExitAsync(Token)).Code);
    }

    [Fact]
    public async Task Of_a_flood_of_errors_the_end_is_kept()
    {
        await using var child = Shell("i=0; while [ $i -lt 4000 ]; do echo line$i-äöü >&2; i=$((i+1)); done; exit 3");
        ChildExit exit = await child.WaitForExitAsync(Token);

        Assert.Equal(3, exit.Code);
        Assert.EndsWith("line3999-äöü", exit.StandardErrorTail);
        Assert.InRange(Encoding.UTF8.GetByteCount(exit.StandardErrorTail), 16_000, 16 * 1024);
        Assert.DoesNotContain('\uFFFD', exit.StandardErrorTail);
    }

    [Fact]
    public async Task Cancelling_the_wait_kills_the_child_and_its_children()
    {
        await using var child = Shell("sleep 600 & echo $!; wait");
        int grandchild = int.Parse((await new StreamReader(child.StandardOutput).ReadLineAsync(Token))!);
        using var cancel = new CancellationTokenSource();
        Task<ChildExit> wait = child.WaitForExitAsync(cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        Assert.True(child.HasExited);
        await Eventually.TrueAsync(() => !ProcessTable.Runs(grandchild), "the grandchild is gone");
    }

    [Fact]
    public async Task Disposing_ends_a_running_child()
    {
        int id;
        await using (var child = Shell("exec sleep 600"))
            id = child.ProcessId;

        Assert.False(ProcessTable.Runs(id));
    }

    [Fact]
    public async Task A_child_past_its_time_limit_is_killed()
    {
        var clock = Stopwatch.StartNew();
        await Assert.ThrowsAsync<TimeoutException>(() => ChildProcess.RunAsync(
            new ChildProcessOptions { FileName = "/bin/sleep", Arguments = ["600"] }, TimeSpan.FromMilliseconds(100), Token));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void A_failed_start_does_not_tell_the_environment()
    {
        var failure = Assert.Throws<Win32Exception>(() => ChildProcess.Start(new ChildProcessOptions
        {
            FileName = "/nonexistent/pg_dump",
            Environment = new Dictionary<string, string?> { ["PGPASSWORD"] = "s3cr3t-value" },
        }));
        Assert.DoesNotContain("s3cr3t-value", failure.ToString());
    }

    [Fact]
    public async Task Another_child_does_not_hold_our_end_of_a_pipe_open()
    {
        await using var first = ChildProcess.Start(new ChildProcessOptions { FileName = "/bin/cat", KeepStandardInput = true });
        await using var second = Shell("exec sleep 600");
        await first.StandardInput.DisposeAsync();

        Assert.Equal(0, (await first.WaitForExitAsync(Token).WaitAsync(TimeSpan.FromSeconds(20), Token)).Code);
        Assert.False(second.HasExited);
    }

    [Fact]
    public async Task As_root_a_child_can_run_under_another_account()
    {
        // Any other user may name himself only; the account is then simply kept.
        string account = Environment.IsPrivilegedProcess ? "nobody" : Environment.UserName;
        ChildOutput output = await ChildProcess.RunAsync(
            new ChildProcessOptions { FileName = "/usr/bin/id", Arguments = ["-un"], UserName = account, WorkingDirectory = "/" },
            TimeSpan.FromSeconds(10), Token);
        Assert.Equal(account, output.StandardOutput.Trim());
    }

    private static ChildProcess Shell(string script) =>
        ChildProcess.Start(new ChildProcessOptions { FileName = "/bin/sh", Arguments = ["-c", script] });
}
