using System.Management.Automation;
using InMidst.Backup.Cmdlets.Tests.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace InMidst.Backup.Cmdlets.Tests.AsyncCmdlets;

public sealed class ProgressTests : AsyncCmdletTest
{
    [Fact]
    public void A_flood_becomes_five_a_second_of_which_the_last_wins()
    {
        var clock = new FakeTimeProvider();
        var work = new Work
        {
            Clock = clock,
            Process = async (cmdlet, token) =>
            {
                for (int i = 1; i <= 1000; i++)
                {
                    cmdlet.Progress($"step {i}", i / 10);

                    // An object behind the record: when it is through, the record would be too.
                    await cmdlet.Write(null, token);
                    clock.Advance(TimeSpan.FromMilliseconds(1));
                }
            },
        };

        PsResult result = Run(work).Successful();

        // One at once, then one each 200 ms; the work may be a step ahead when the pipeline thread takes the latest.
        List<int> steps = [.. Shown(result).Select(record => int.Parse(record.StatusDescription.Split(' ')[1]))];
        Assert.InRange(steps.Count, 5, 6);
        Assert.Equal(1, steps[0]);
        Assert.All(steps.Skip(1).Select((step, i) => step - (200 * (i + 1))), ahead => Assert.InRange(ahead, 0, 1));
        Assert.Equal(ProgressRecordType.Completed, result.Progress[^1].RecordType);
    }

    [Fact]
    public void The_last_of_a_burst_is_shown_when_the_interval_is_over_although_nothing_follows()
    {
        var clock = new FakeTimeProvider();
        var work = new Work
        {
            Clock = clock,
            Process = async (cmdlet, token) =>
            {
                for (int i = 1; i <= 100; i++)
                {
                    cmdlet.Progress($"step {i}", i);
                    await cmdlet.Write(null, token);
                }

                clock.Advance(TimeSpan.FromMilliseconds(199));
                await cmdlet.Write(null, token);
                clock.Advance(TimeSpan.FromMilliseconds(1));
            },
        };

        PsResult result = Run(work, "Invoke-Work $work").Successful();

        Assert.Equal(["step 1", "step 100"], Shown(result).Select(record => record.StatusDescription));
        Assert.Equal(100, Shown(result)[^1].PercentComplete);
        Assert.Equal(ProgressRecordType.Completed, result.Progress[^1].RecordType);
    }

    [Fact]
    public void A_flood_in_real_time_is_thinned_out_too()
    {
        Work work = Processing((cmdlet, _) =>
        {
            for (int i = 0; i < 100_000; i++)
                cmdlet.Progress("flood", i % 100);
            return Task.CompletedTask;
        });
        long start = TimeProvider.System.GetTimestamp();

        PsResult result = Run(work).Successful();

        double seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        Assert.InRange(Shown(result).Count, 1, (seconds * 5) + 1);
        Assert.Equal(ProgressRecordType.Completed, result.Progress[^1].RecordType);
    }

    [Fact]
    public void The_bar_can_be_taken_down_early_and_is_not_taken_down_twice()
    {
        Work work = Processing(async (cmdlet, token) =>
        {
            cmdlet.Progress("half", 50);
            await cmdlet.Write(null, token);
            cmdlet.ProgressCompleted();
        });

        PsResult result = Run(work).Successful();

        Assert.Equal(
            [ProgressRecordType.Processing, ProgressRecordType.Completed], result.Progress.Select(record => record.RecordType));
    }

    [Fact]
    public void A_cmdlet_without_progress_shows_no_bar()
    {
        PsResult result = Run(new Work()).Successful();

        Assert.Empty(result.Progress);
    }

    [Theory]
    [InlineData("try { Invoke-Work $work -EndsItself | ForEach-Object { } } catch { }", "fails")]
    [InlineData("Invoke-Work $work -EndsItself | Select-First", "is enough")]
    [InlineData("foreach ($i in 1) { Invoke-Work $work -EndsItself | ForEach-Object { break } }", "breaks")]
    public void The_bar_is_taken_down_however_it_ends(string script, string how)
    {
        Work work = Processing(async (cmdlet, token) =>
        {
            cmdlet.Progress("half", 50);
            await cmdlet.Write(1, token);
            if (how == "fails")
                throw new FormatException(how);
            await cmdlet.Work.WriteUntilCancelledAsync(cmdlet, token);
        });

        PsResult result = Run(work, script).Successful();

        Assert.Equal(
            [ProgressRecordType.Processing, ProgressRecordType.Completed], result.Progress.Select(record => record.RecordType));
    }

    [Fact]
    public void Two_cmdlets_of_one_pipeline_have_two_bars()
    {
        Work Showing() => Processing(async (cmdlet, token) =>
        {
            cmdlet.Progress("half", 50);
            await cmdlet.Write(1, token);
        });
        Shell.Set("other", Showing());

        PsResult result = Run(Showing(), "Invoke-Work $work | Invoke-Work $other").Successful();

        Assert.Equal(2, result.Progress.Select(record => record.ActivityId).Distinct().Count());
        Assert.Equal(2, result.Progress.Count(record => record.RecordType == ProgressRecordType.Completed));
    }

    private static List<ProgressRecord> Shown(PsResult result) =>
        [.. result.Progress.Where(record => record.RecordType == ProgressRecordType.Processing)];
}
