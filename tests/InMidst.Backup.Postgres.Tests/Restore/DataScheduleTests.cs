using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Restore;

namespace InMidst.Backup.Postgres.Tests.Restore;

public sealed class DataScheduleTests
{
    [Fact]
    public void A_worker_stays_with_its_table_and_helps_others_when_none_is_untouched()
    {
        var schedule = new DataSchedule([Frame(0, 10), Frame(1, 100), Frame(1, 100), Frame(1, 100), Frame(0, 10)], []);
        Assert.Equal(1, Table(schedule, worker: 0));
        Assert.Equal(0, Table(schedule, worker: 1));
        Assert.Equal(0, Table(schedule, worker: 1));
        Assert.Equal(1, Table(schedule, worker: 1));
        Assert.Equal(1, Table(schedule, worker: 0));
        Assert.Null(schedule.Take(0));
        Assert.False(schedule.IsFinished);
    }

    [Fact]
    public void Chains_are_begun_first_and_loaded_by_one()
    {
        FrameEntry[] chain = [Frame(null, 1), Frame(null, 1)];
        var schedule = new DataSchedule([Frame(0, 0)], [chain, []]);
        DataJob first = schedule.Take(0)!;
        Assert.Equal(chain, first.Frames);
        DataJob second = schedule.Take(1)!;
        Assert.Equal(0, Assert.Single(second.Frames).Table);
        Assert.Null(schedule.Take(2));
        schedule.Done(first);
        Assert.False(schedule.IsFinished);
        schedule.Done(second);
        Assert.True(schedule.IsFinished);
    }

    private static int? Table(DataSchedule schedule, int worker) => Assert.Single(schedule.Take(worker)!.Frames).Table;

    private static FrameEntry Frame(int? table, long length) =>
        new() { Kind = FrameKind.Data, Offset = 0, Length = length, RawLength = length, Hash = "", Table = table };
}
