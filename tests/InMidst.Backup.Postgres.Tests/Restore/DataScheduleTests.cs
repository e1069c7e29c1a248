using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Restore;

namespace InMidst.Backup.Postgres.Tests.Restore;

public sealed class DataScheduleTests
{
    private const long Large = DataSchedule.SmallestWhole;

    [Fact]
    public void A_worker_stays_with_its_table_and_helps_others_when_none_is_untouched()
    {
        DataSchedule schedule = Make([Frame(0, 10), Frame(1, 100), Frame(1, 100), Frame(1, 100), Frame(0, 10)]);
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
        DataSchedule schedule = Make([Frame(0, 0)], [chain, []]);
        DataJob first = schedule.Take(0)!;
        Assert.Equal(chain, first.Frames);
        Assert.Null(first.WholeTable);
        DataJob second = schedule.Take(1)!;
        Assert.Equal(0, Assert.Single(second.Frames).Table);
        Assert.Null(schedule.Take(2));
        schedule.Done(first);
        Assert.False(schedule.IsFinished);
        schedule.Done(second);
        Assert.True(schedule.IsFinished);
    }

    [Fact]
    public void Tables_that_fit_into_a_share_are_loaded_whole_and_small_ones_are_not()
    {
        FrameEntry[] frames = [Frame(0, Large), Frame(1, Large), Frame(0, Large), Frame(1, Large), Frame(2, Large - 10)];
        DataSchedule schedule = Make(frames);
        DataJob first = schedule.Take(0)!;
        Assert.Equal(0, first.WholeTable);
        Assert.Equal([frames[0], frames[2]], first.Frames);
        Assert.Equal(1, schedule.Take(1)!.WholeTable);
        schedule.Done(first);
        DataJob small = schedule.Take(0)!;
        Assert.Null(small.WholeTable);
        Assert.Equal(2, Assert.Single(small.Frames).Table);
        Assert.Null(schedule.Take(1));
    }

    [Fact]
    public void One_table_that_is_larger_than_a_share_is_loaded_by_all()
    {
        DataSchedule schedule = Make([.. Enumerable.Repeat(Frame(0, Large), 10), Frame(1, Large)]);
        Assert.Null(schedule.Take(0)!.WholeTable);
        Assert.Equal(1, schedule.Take(1)!.WholeTable);
        DataJob help = schedule.Take(1)!;
        Assert.Null(help.WholeTable);
        Assert.Equal(0, Assert.Single(help.Frames).Table);
    }

    [Fact]
    public void Of_three_equal_tables_two_workers_load_the_last_together()
    {
        DataSchedule schedule = Make([.. Enumerable.Range(0, 12).Select(i => Frame(i / 4, Large))]);
        DataJob first = schedule.Take(0)!;
        DataJob second = schedule.Take(1)!;
        Assert.Equal([0, 1], [first.WholeTable, second.WholeTable]);
        schedule.Done(first);
        schedule.Done(second);
        Assert.Equal([2, 2], [Table(schedule, 0), Table(schedule, 1)]);
    }

    [Fact]
    public void Who_loads_large_objects_has_so_much_less_of_the_tables()
    {
        DataSchedule schedule = Make([Frame(0, 3 * Large), Frame(1, 2 * Large), Frame(2, 2 * Large)], [[Frame(null, 4 * Large)]]);
        Assert.Null(schedule.Take(0)!.WholeTable);
        Assert.Equal(0, schedule.Take(1)!.WholeTable);
        Assert.Equal(1, schedule.Take(1)!.WholeTable);
        Assert.Null(schedule.Take(1)!.WholeTable);
    }

    [Fact]
    public void What_may_not_be_loaded_whole_is_not()
    {
        DataSchedule schedule = Make([Frame(0, 2 * Large), Frame(1, Large)], mayBeWhole: t => t == 1, workers: 1);
        Assert.Null(schedule.Take(0)!.WholeTable);
        Assert.Equal(1, schedule.Take(0)!.WholeTable);
    }

    private static DataSchedule Make(
        FrameEntry[] frames, IReadOnlyList<FrameEntry>[]? chains = null, Func<int, bool>? mayBeWhole = null, int workers = 2) =>
        new(frames, chains ?? [], mayBeWhole ?? (_ => true), workers);

    private static int? Table(DataSchedule schedule, int worker) => Assert.Single(schedule.Take(worker)!.Frames).Table;

    private static FrameEntry Frame(int? table, long length) =>
        new() { Kind = FrameKind.Data, Offset = 0, Length = length, RawLength = length, Hash = "", Table = table };
}
