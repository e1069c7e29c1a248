using System.Management.Automation;
using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.AsyncCmdlets;

public sealed class StoppingTests : AsyncCmdletTest
{
    [Theory]
    [InlineData("begin")]
    [InlineData("process")]
    [InlineData("end")]
    public async Task Ctrl_C_cancels_the_work_and_waits_for_it(string block)
    {
        static Task Waiting(InvokeWorkCommand cmdlet, CancellationToken token) => cmdlet.Work.RunUntilCancelledAsync(token);
        var work = new Work
        {
            Begin = block == "begin" ? Waiting : null,
            Process = block == "process" ? Waiting : null,
            End = block == "end" ? Waiting : null,
        };
        using PsInvocation invocation = Start(work, "Invoke-Work $work -EndsItself; 'not reached'");
        await work.Started.Task;

        invocation.BeginStop();
        await work.SawCancellation.Task;
        Assert.Equal(PSInvocationState.Stopping, invocation.State);
        work.MayEnd.SetResult();
        PsResult result = invocation.Wait();

        Assert.Equal(PSInvocationState.Stopped, result.State);
        Assert.True(work.HasEnded);
        Assert.Equal(1, work.CleanUps);
        Assert.False(work.CleanedUpTooEarly);
        Assert.Empty(result.Values);
        Assert.Empty(result.Errors);
    }

    [Fact]
    public async Task Ctrl_C_reaches_the_work_while_a_prompt_is_open()
    {
        using var promptIsOpen = new ManualResetEventSlim();
        using var promptMayEnd = new ManualResetEventSlim();
        Answering((_, _) =>
        {
            promptIsOpen.Set();
            promptMayEnd.Wait(PsInvocation.Patience);
            return 0;
        });
        Work work = Processing(async (cmdlet, token) =>
        {
            try
            {
                await cmdlet.Continue("really?", token);
            }
            finally
            {
                cmdlet.Work.HasEnded = true;
                cmdlet.Work.SawCancellation.SetResult();
            }
        });
        using PsInvocation invocation = Start(work, "Invoke-Work $work -EndsItself");
        Assert.True(promptIsOpen.Wait(PsInvocation.Patience));

        invocation.BeginStop();
        await work.SawCancellation.Task;
        promptMayEnd.Set();
        PsResult result = invocation.Wait();

        Assert.Equal(PSInvocationState.Stopped, result.State);
        Assert.Equal(1, work.CleanUps);
        Assert.False(work.CleanedUpTooEarly);
    }

    [Fact]
    public async Task Work_that_ignores_the_stop_and_ends_well_was_stopped_all_the_same()
    {
        Work work = Processing(async (cmdlet, _) =>
        {
            cmdlet.Work.Started.SetResult();
            await cmdlet.Work.MayEnd.Task;
        });
        using PsInvocation invocation = Start(work, "Invoke-Work $work; 'not reached'");
        await work.Started.Task;

        invocation.BeginStop();
        Assert.True(SpinWait.SpinUntil(() => work.Cmdlet!.Stopping, PsInvocation.Patience));
        work.MayEnd.SetResult();
        PsResult result = invocation.Wait();

        Assert.Equal(PSInvocationState.Stopped, result.State);
        Assert.Empty(result.Values);
        Assert.Equal(1, work.CleanUps);
    }

    [Fact]
    public async Task Ctrl_C_ends_every_cmdlet_of_the_pipeline()
    {
        var sink = new Work { Process = (cmdlet, token) => cmdlet.Work.RunUntilCancelledAsync(token) };
        sink.MayEnd.SetResult();
        Shell.Set("sink", sink);
        var source = new Work { Process = (cmdlet, token) => cmdlet.Work.WriteUntilCancelledAsync(cmdlet, token) };
        using PsInvocation invocation = Start(source, "Invoke-Work $work -EndsItself | Invoke-Work $sink -EndsItself");
        await sink.Started.Task;

        PsResult result = invocation.Stop();

        Assert.Equal(PSInvocationState.Stopped, result.State);
        Assert.All([source, sink], work =>
        {
            Assert.True(work.HasEnded);
            Assert.Equal(1, work.CleanUps);
            Assert.False(work.CleanedUpTooEarly);
        });
    }

    [Fact]
    public void A_throw_downstream_ends_the_work_and_stays_what_it_was()
    {
        var work = new Work { Process = (cmdlet, token) => cmdlet.Work.WriteUntilCancelledAsync(cmdlet, token) };

        PsResult result = Run(work, """
            try { Invoke-Work $work -EndsItself | ForEach-Object { if ($_ -eq 3) { throw 'downstream' } } }
            catch { "caught $_, ended: $($work.HasEnded), cleaned up: $($work.CleanUps)" }
            """).Successful();

        Assert.Equal(["caught downstream, ended: True, cleaned up: 1"], result.Values);
        Assert.False(work.CleanedUpTooEarly);
    }

    [Fact]
    public void A_throw_downstream_that_nobody_catches_is_the_failure_of_the_script()
    {
        var work = new Work { Process = (cmdlet, token) => cmdlet.Work.WriteUntilCancelledAsync(cmdlet, token) };

        PsResult result = Run(work, "Invoke-Work $work -EndsItself | ForEach-Object { throw 'downstream' }");

        Assert.Equal("downstream", result.Failure!.Exception.Message);
        Assert.True(work.HasEnded);
        Assert.Equal(1, work.CleanUps);
    }

    [Fact]
    public void A_break_downstream_ends_the_work_and_the_script_goes_on()
    {
        var work = new Work { Process = (cmdlet, token) => cmdlet.Work.WriteUntilCancelledAsync(cmdlet, token) };

        PsResult result = Run(work, """
            foreach ($round in 1..5) { Invoke-Work $work -EndsItself | ForEach-Object { "round $round got $_"; break } }
            "after, ended: $($work.HasEnded), cleaned up: $($work.CleanUps)"
            """).Successful();

        Assert.Equal(["round 1 got 1", "after, ended: True, cleaned up: 1"], result.Values);
        Assert.False(work.CleanedUpTooEarly);
    }

    [Fact]
    public void Enough_downstream_ends_the_work_and_the_script_goes_on()
    {
        var work = new Work { Process = (cmdlet, token) => cmdlet.Work.WriteUntilCancelledAsync(cmdlet, token) };

        PsResult result = Run(work, """
            Invoke-Work $work -EndsItself | Select-First
            "after, ended: $($work.HasEnded), cleaned up: $($work.CleanUps)"
            """).Successful();

        Assert.Equal([1, "after, ended: True, cleaned up: 1"], result.Values);
        Assert.False(work.CleanedUpTooEarly);
    }

    [Fact]
    public void A_failure_after_enough_downstream_is_a_debug_record()
    {
        Work work = Processing(async (cmdlet, token) =>
        {
            try
            {
                await cmdlet.Work.WriteUntilCancelledAsync(cmdlet, token);
            }
            catch (OperationCanceledException)
            {
                throw new IOException("could not undo");
            }
        });

        PsResult result = Run(work, "$DebugPreference = 'Continue'; Invoke-Work $work | Select-First").Successful();

        Assert.Equal([1], result.Values);
        Assert.Contains("IOException: could not undo", Assert.Single(result.Debug), StringComparison.Ordinal);
    }

    [Fact]
    public void An_upstream_throw_between_two_records_still_cleans_up()
    {
        Work work = Processing((cmdlet, token) => cmdlet.Write(cmdlet.InputObject, token));

        PsResult result = Run(work, "1..3 | ForEach-Object { if ($_ -eq 2) { throw 'upstream' }; $_ } | Invoke-Work $work");

        Assert.Equal([1], result.Values.Cast<int>());
        Assert.Equal("upstream", result.Failure!.Exception.Message);
        Assert.Equal(1, work.CleanUps);
    }

    [Fact]
    public void Disposing_before_the_end_cleans_up_without_the_end_block()
    {
        bool ended = false;
        var work = new Work
        {
            Process = (cmdlet, token) => cmdlet.Write(cmdlet.InputObject, token),
            End = (_, _) =>
            {
                ended = true;
                return Task.CompletedTask;
            },
        };

        PsResult result = Run(work, """
            $pipeline = { Invoke-Work $work }.GetSteppablePipeline()
            $pipeline.Begin($true)
            $pipeline.Process(1)
            $pipeline.Dispose()
            """).Successful();

        Assert.Equal([1], result.Values.Cast<int>());
        Assert.False(ended);
        Assert.Equal(1, work.CleanUps);
    }

    [Fact]
    public async Task Disposing_in_the_middle_of_the_work_cancels_and_awaits_it()
    {
        var work = new Work { Process = (cmdlet, token) => cmdlet.Work.RunUntilCancelledAsync(token) };
        using PsInvocation invocation = Start(work, "Invoke-Work $work -EndsItself");
        await work.Started.Task;

        Task disposing = Task.Run(work.Cmdlet!.Dispose);
        await work.SawCancellation.Task;
        Assert.False(disposing.IsCompleted);
        work.MayEnd.SetResult();
        await disposing;

        Assert.True(work.HasEnded);
        invocation.Wait();
        Assert.Equal(1, work.CleanUps);
        Assert.False(work.CleanedUpTooEarly);
    }

    [Fact]
    public async Task Who_writes_after_the_end_is_cancelled()
    {
        var work = new Work();
        Run(work).Successful();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work.Cmdlet!.Write("too late", CancellationToken.None));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work.Cmdlet!.OnPipeline(() => 1, CancellationToken.None));
        work.Cmdlet!.Verbose("too late");
        work.Cmdlet.Progress("too late", 100);
    }

    [Fact]
    public async Task Clean_up_that_writes_after_a_stop_is_cancelled_and_does_not_hang()
    {
        Exception? seen = null;
        var work = new Work
        {
            Process = (cmdlet, token) => cmdlet.Work.RunUntilCancelledAsync(token),
            CleanUp = async cmdlet => seen = await Record.ExceptionAsync(() => cmdlet.Write("too late", CancellationToken.None)),
        };
        work.MayEnd.SetResult();
        using PsInvocation invocation = Start(work);
        await work.Started.Task;

        PsResult result = invocation.Stop();

        Assert.Equal(PSInvocationState.Stopped, result.State);
        Assert.IsAssignableFrom<OperationCanceledException>(seen);
    }

    [Fact]
    public async Task An_object_whose_own_token_was_cancelled_in_the_queue_is_not_written()
    {
        using var pipelineIsBusy = new ManualResetEventSlim();
        using var pipelineMayGoOn = new ManualResetEventSlim();
        using var impatience = new CancellationTokenSource();
        Work work = Processing(async (cmdlet, token) =>
        {
            Task<int> busy = cmdlet.OnPipeline(
                () =>
                {
                    pipelineIsBusy.Set();
                    pipelineMayGoOn.Wait(PsInvocation.Patience);
                    return 0;
                },
                token);
            pipelineIsBusy.Wait(token);
            Task waiting = cmdlet.Write("given up", impatience.Token);
            await impatience.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
            pipelineMayGoOn.Set();
            await busy;
            await cmdlet.Write("kept", token);
        });

        PsResult result = await Task.Run(() => Run(work));

        Assert.Equal(["kept"], result.Successful().Values);
    }
}
