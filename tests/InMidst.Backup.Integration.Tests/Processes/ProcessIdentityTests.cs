using InMidst.Backup.Core.Processes;

namespace InMidst.Backup.Integration.Tests.Processes;

public sealed class ProcessIdentityTests
{
    [Fact]
    public void This_process_runs() => Assert.Equal(ProcessState.Running, ProcessIdentity.Current.Ask());

    [Fact]
    public void A_process_with_our_number_that_started_at_another_time_is_another() =>
        Assert.Equal(ProcessState.Ended, (ProcessIdentity.Current with { Start = "then" }).Ask());

    [Fact]
    public void Of_a_process_on_another_machine_nothing_is_known() =>
        Assert.Equal(ProcessState.Unknown, (ProcessIdentity.Current with { Place = "elsewhere" }).Ask());

    [Fact]
    public async Task A_child_that_was_killed_has_ended()
    {
        ProcessIdentity? identity;
        await using (var child = ChildProcess.Start(new ChildProcessOptions { FileName = "/bin/sleep", Arguments = ["600"] }))
        {
            identity = ProcessIdentity.Of(child.ProcessId);
            Assert.Equal(ProcessState.Running, identity?.Ask());
        }
        Assert.Equal(ProcessState.Ended, identity?.Ask());
    }
}
