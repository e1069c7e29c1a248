using System.Management.Automation;
using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.AsyncCmdlets;

public sealed class ErrorsTests : AsyncCmdletTest
{
    private static Work FailingOnTwo => Processing(async (cmdlet, token) =>
    {
        if (cmdlet.InputObject == 2)
            await cmdlet.Error("two", token);
        else
            await cmdlet.Write(cmdlet.InputObject, token);
    });

    [Fact]
    public void One_bad_item_is_an_error_and_the_rest_go_on()
    {
        PsResult result = Run(FailingOnTwo, "1..4 | Invoke-Work $work");

        Assert.Equal([1, 3, 4], result.Values.Cast<int>());
        ErrorRecord error = Assert.Single(result.Errors);
        Assert.StartsWith("two,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(2, error.TargetObject);
        Assert.Equal(PSInvocationState.Completed, result.State);
        Assert.Null(result.Failure);
    }

    [Fact]
    public void ErrorAction_Stop_ends_at_the_bad_item()
    {
        Work work = FailingOnTwo;

        PsResult result = Run(work, "1..4 | Invoke-Work $work -ErrorAction Stop");

        Assert.Equal([1], result.Values.Cast<int>());
        Assert.StartsWith("two,", result.Failure!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(1, work.CleanUps);
    }

    [Fact]
    public void ErrorAction_Stop_cancels_and_awaits_what_else_is_under_way()
    {
        Work work = Processing(async (cmdlet, token) =>
        {
            Task other = cmdlet.Work.RunUntilCancelledAsync(token);
            cmdlet.Work.MayEnd.SetResult();
            try
            {
                await cmdlet.Error("bad", token);
            }
            finally
            {
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other);
            }
        });

        PsResult result = Run(work, "try { Invoke-Work $work -ErrorAction Stop -EndsItself } catch { 'caught ' + $_ + $work.HasEnded }");

        Assert.Equal(["caught badTrue"], result.Values);
        Assert.False(work.CleanedUpTooEarly);
    }

    [Fact]
    public void An_exception_after_the_last_object_is_the_terminating_error()
    {
        Work work = Processing(async (cmdlet, token) =>
        {
            await cmdlet.Write("last", token);
            throw new FormatException("broken");
        });

        PsResult result = Run(work, "1..3 | Invoke-Work $work");

        Assert.Equal(["last"], result.Values);
        Assert.Equal(
            "ConvertedFormatException,InMidst.Backup.Cmdlets.Tests.AsyncCmdlets.InvokeWorkCommand",
            Assert.Single(result.Errors).FullyQualifiedErrorId);
        Assert.Equal(1, work.CleanUps);
    }

    [Theory]
    [InlineData("begin")]
    [InlineData("process")]
    [InlineData("end")]
    public void A_failure_in_any_block_is_converted_and_cleaned_up_after(string block)
    {
        Task Failing(InvokeWorkCommand cmdlet, CancellationToken token) => throw new FormatException(block);
        var work = new Work
        {
            Begin = block == "begin" ? Failing : null,
            Process = block == "process" ? Failing : null,
            End = block == "end" ? Failing : null,
        };

        PsResult result = Run(work);

        ErrorRecord error = Assert.Single(result.Errors);
        Assert.Equal(block, error.Exception.Message);
        Assert.StartsWith("ConvertedFormatException,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(1, work.CleanUps);
    }

    [Fact]
    public void A_script_can_catch_it_and_go_on()
    {
        Work work = Processing((_, _) => Task.FromException(new FormatException("broken")));

        PsResult result = Run(work, "try { Invoke-Work $work } catch { \"caught $_\" }").Successful();

        Assert.Equal(["caught broken"], result.Values);
    }

    [Fact]
    public void A_cancellation_that_nobody_asked_for_is_an_error_and_not_a_stop()
    {
        Work work = Processing((_, _) => Task.FromException(new TaskCanceledException("timed out")));

        PsResult result = Run(work);

        Assert.Equal(PSInvocationState.Completed, result.State);
        Assert.StartsWith(
            "ConvertedTaskCanceledException,", Assert.Single(result.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_to_clean_up_is_an_error()
    {
        var work = new Work
        {
            Process = (cmdlet, token) => cmdlet.Write("done", token),
            CleanUp = _ => throw new IOException("cannot remove"),
        };

        PsResult result = Run(work);

        Assert.Equal(["done"], result.Values);
        Assert.Equal("cannot remove", Assert.Single(result.Errors).Exception.Message);
    }

    [Fact]
    public void A_failure_to_clean_up_does_not_hide_the_first_failure()
    {
        var work = new Work
        {
            Process = (_, _) => throw new FormatException("first"),
            CleanUp = _ => throw new IOException("second"),
        };

        PsResult result = Run(work, "$DebugPreference = 'Continue'; Invoke-Work $work");

        Assert.Equal("first", Assert.Single(result.Errors).Exception.Message);
        Assert.Contains("IOException: second", Assert.Single(result.Debug), StringComparison.Ordinal);
    }

    [Fact]
    public void Clean_up_can_still_warn_when_the_work_failed()
    {
        var work = new Work
        {
            Process = (_, _) => throw new FormatException("broken"),
            CleanUp = cmdlet =>
            {
                cmdlet.Warning("something is left");
                return Task.CompletedTask;
            },
        };

        PsResult result = Run(work);

        Assert.Equal(["something is left"], result.Warnings);
        Assert.Equal("broken", Assert.Single(result.Errors).Exception.Message);
    }
}
