using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.AsyncCmdlets;

public sealed class StreamsTests : AsyncCmdletTest
{
    [Fact]
    public void Ten_thousand_objects_arrive_in_order()
    {
        Work work = Processing(async (cmdlet, token) =>
        {
            for (int i = 0; i < 10_000; i++)
                await cmdlet.Write(i, token);
        });

        PsResult result = Run(work).Successful();

        Assert.Equal(Enumerable.Range(0, 10_000), result.Values.Cast<int>());
        Assert.Equal(1, work.CleanUps);
    }

    [Fact]
    public void The_first_object_is_out_before_the_second_comes_in()
    {
        var log = new List<string>();
        Shell.Set("log", log);
        Work work = Processing((cmdlet, token) => cmdlet.Write(cmdlet.InputObject, token));

        Run(work, """
            1..3 | ForEach-Object { $log.Add("in $_"); $_ } | Invoke-Work $work | ForEach-Object { $log.Add("out $_") }
            """).Successful();

        Assert.Equal(["in 1", "out 1", "in 2", "out 2", "in 3", "out 3"], log);
    }

    [Fact]
    public void Messages_keep_their_place_among_the_objects()
    {
        Work work = Processing(async (cmdlet, token) =>
        {
            cmdlet.Verbose("before one");
            await cmdlet.Write("one", token);
            cmdlet.Warning("after one");
            cmdlet.Debug("still after one");
            cmdlet.Information("and still");
            await cmdlet.Write("two", token);
            await cmdlet.Error("after two", token);
            cmdlet.Verbose("the last word");
        });

        PsResult result = Run(work, "$DebugPreference = 'Continue'; Invoke-Work $work -Verbose *>&1").Successful();

        Assert.Equal(
            ["before one", "one", "after one", "still after one", "and still", "two", "after two", "the last word"],
            result.Output.Select(item => item!.ToString()));
    }

    [Fact]
    public void Every_stream_gets_its_own()
    {
        Work work = Processing(async (cmdlet, token) =>
        {
            cmdlet.Verbose("verbose");
            cmdlet.Warning("warning");
            cmdlet.Debug("debug");
            cmdlet.Information("information");
            await cmdlet.Error("error", token);
        });

        PsResult result = Run(work, "$DebugPreference = 'Continue'; Invoke-Work $work -Verbose");

        Assert.Equal(["verbose"], result.Verbose);
        Assert.Equal(["warning"], result.Warnings);
        Assert.Equal(["debug"], result.Debug);
        Assert.Equal(["information"], result.Information.Select(item => item.ToString()));
        Assert.Equal(["error"], result.Errors.Select(error => error.Exception.Message));
    }

    [Fact]
    public void An_array_stays_one_object()
    {
        Work work = Processing((cmdlet, token) => cmdlet.Write(new[] { 1, 2 }, token));

        PsResult result = Run(work).Successful();

        Assert.Equal([1, 2], Assert.IsType<int[]>(Assert.Single(result.Values)));
    }

    [Fact]
    public void What_is_said_between_two_records_is_written_with_the_next()
    {
        Task late = Task.CompletedTask;
        var mayWrite = new TaskCompletionSource();
        Work work = Processing(async (cmdlet, token) =>
        {
            if (cmdlet.InputObject == 1)
            {
                late = Task.Run(
                    async () =>
                    {
                        await mayWrite.Task;
                        await cmdlet.Write("from the first", token);
                    },
                    token);
                return;
            }

            mayWrite.SetResult();
            await late;
        });

        PsResult result = Run(work, "1..2 | Invoke-Work $work").Successful();

        Assert.Equal(["from the first"], result.Values);
    }

    [Fact]
    public void Two_runspaces_work_at_once_and_do_not_mix()
    {
        using var barrier = new SemaphoreSlim(0);
        Work Meeting(string name, Work? other) => Processing(async (cmdlet, token) =>
        {
            cmdlet.Work.Started.SetResult();
            if (other is null)
                await barrier.WaitAsync(token);
            else
                await other.Started.Task.WaitAsync(token);
            for (int i = 0; i < 500; i++)
                await cmdlet.Write(name, token);
            barrier.Release();
        });
        Work first = Meeting("first", other: null);
        Work second = Meeting("second", first);
        using PowerShellHost otherShell = NewShell();
        otherShell.Set("work", second);

        // The first waits for the second's last object, and the second for the first to have begun.
        using PsInvocation one = Start(first);
        using PsInvocation two = otherShell.Start("Invoke-Work $work");

        Assert.Equal(Enumerable.Repeat<object?>("second", 500), two.Wait().Successful().Values);
        Assert.Equal(Enumerable.Repeat<object?>("first", 500), one.Wait().Successful().Values);
    }

    [Fact]
    public void Two_cmdlets_of_one_pipeline_share_the_thread()
    {
        Work source = Processing(async (cmdlet, token) =>
        {
            for (int i = 0; i < 100; i++)
                await cmdlet.Write(i, token);
        });
        Work doubling = Processing(async (cmdlet, token) => await cmdlet.Write(cmdlet.InputObject * 2, token));
        Shell.Set("doubling", doubling);

        PsResult result = Run(source, "Invoke-Work $work | Invoke-Work $doubling").Successful();

        Assert.Equal(Enumerable.Range(0, 100).Select(i => i * 2), result.Values.Cast<int>());
    }

    [Fact]
    public void A_function_on_the_pipeline_thread_answers_or_throws_to_its_caller_only()
    {
        Work work = Processing(async (cmdlet, token) =>
        {
            await cmdlet.Write(await cmdlet.OnPipeline(() => cmdlet.SessionState.Path.CurrentLocation.Path, token), token);
            try
            {
                await cmdlet.OnPipeline<int>(() => throw new FormatException("not a number"), token);
            }
            catch (FormatException caught)
            {
                await cmdlet.Write(caught.Message, token);
            }
        });

        PsResult result = Run(work, "$ExecutionContext.SessionState.Path.CurrentLocation.Path; Invoke-Work $work").Successful();

        Assert.Equal(result.Values[0], result.Values[1]);
        Assert.Equal("not a number", result.Values[2]);
    }
}
