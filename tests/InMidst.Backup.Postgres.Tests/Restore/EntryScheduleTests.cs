using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Restore;

namespace InMidst.Backup.Postgres.Tests.Restore;

public sealed class EntryScheduleTests
{
    [Fact]
    public void Indexes_of_a_table_are_made_side_by_side_and_its_primary_key_is_not()
    {
        EntrySchedule schedule = Make("""
            1 TABLE public.t
            2 INDEX public.a < 1
            3 INDEX public.b < 1
            4 CONSTRAINT public.t t_pkey < 1
            """);
        EntryUnit first = schedule.Take(0)!;
        EntryUnit second = schedule.Take(1)!;
        Assert.Equal("a b", $"{Name(first)} {Name(second)}");
        Assert.Null(schedule.Take(2));
        schedule.Done(first);
        Assert.Null(schedule.Take(2));
        schedule.Done(second);
        Assert.Equal("t t_pkey", Name(schedule.Take(2)));
        Assert.Null(schedule.Take(2));
    }

    [Fact]
    public void An_index_that_alters_its_table_has_it_alone()
    {
        List<TocEntryRecord> all = Toc.Parse("1 TABLE public.t\n2 INDEX public.a < 1\n3 INDEX public.b < 1");
        var schedule = new EntrySchedule([Toc.Entry(all[1], 0, statements: 2), Toc.Entry(all[2], 1)], new EntryGraph(all), _ => 0, workers: 2);
        EntryUnit first = schedule.Take(0)!;
        Assert.Null(schedule.Take(1));
        schedule.Done(first);
        Assert.Equal("b", Name(schedule.Take(1)));
    }

    [Fact]
    public void Foreign_keys_in_both_directions_between_two_tables_never_run_at_once()
    {
        EntrySchedule schedule = Make("""
            1 TABLE public.a
            2 TABLE public.b
            3 TABLE public.c
            4 FK CONSTRAINT public.a to_b < 1 2
            5 FK CONSTRAINT public.b to_a < 2 1
            6 FK CONSTRAINT public.c to_c < 3 3
            """);
        EntryUnit first = schedule.Take(0)!;
        Assert.Equal("c to_c", Name(schedule.Take(1)));
        Assert.Null(schedule.Take(2));
        schedule.Done(first);
        Assert.StartsWith("b", Name(schedule.Take(2)));
    }

    [Fact]
    public void What_is_done_to_a_partitioned_table_keeps_its_partitions_and_theirs()
    {
        EntrySchedule schedule = Make("""
            1 TABLE public.p
            2 TABLE public.p1 < 1
            3 TABLE public.p11
            4 TABLE public.other
            5 TABLE ATTACH public.p11 < 3 2
            6 FK CONSTRAINT public.p to_other < 1 4
            7 FK CONSTRAINT public.p11 own < 3 3
            8 FK CONSTRAINT public.other back < 4 4
            """);
        EntryUnit first = schedule.Take(0)!;
        Assert.Equal("p to_other", Name(first));
        Assert.Null(schedule.Take(1));
        schedule.Done(first);
        Assert.NotNull(schedule.Take(1));
        Assert.NotNull(schedule.Take(2));
    }

    [Fact]
    public void An_attachment_waits_for_both_indexes()
    {
        EntrySchedule schedule = Make("""
            1 TABLE public.p
            2 TABLE public.p1 < 1
            3 INDEX public.pi < 1
            4 INDEX public.p1i < 2 3
            5 INDEX ATTACH public.p1i < 4 3 2 1
            """);
        foreach (string name in (string[])["pi", "p1i", "p1i"])
        {
            EntryUnit next = schedule.Take(0)!;
            Assert.Equal(name, Name(next));
            Assert.Null(schedule.Take(1));
            schedule.Done(next);
        }

        Assert.True(schedule.IsFinished);
    }

    [Fact]
    public void The_largest_tables_come_first_and_foreign_keys_after_indexes()
    {
        EntrySchedule schedule = Make("""
            1 TABLE public.small
            9 TABLE public.large
            2 INDEX public.si < 1
            3 FK CONSTRAINT public.large self < 9 9
            4 STATISTICS public.st < 9
            """, id => id);
        Assert.Equal("st", Name(schedule.Take(0)));
        Assert.Equal("si", Name(schedule.Take(1)));
        Assert.Null(schedule.Take(2));
    }

    [Fact]
    public void What_is_not_known_is_made_in_its_place_and_alone()
    {
        EntrySchedule schedule = Make("""
            1 TABLE public.t
            2 INDEX public.before < 1
            3 PUZZLE public.unknown
            4 PUZZLE public.another
            5 INDEX public.behind < 1
            """);
        foreach (string name in (string[])["before", "unknown", "another", "behind"])
        {
            EntryUnit next = schedule.Take(0)!;
            Assert.Equal(name, Name(next));
            Assert.Null(schedule.Take(1));
            schedule.Done(next);
        }
    }

    [Fact]
    public void A_comment_is_made_with_what_it_is_about()
    {
        List<TocEntryRecord> all = Toc.Parse("1 TABLE public.t\n2 INDEX public.i < 1\n3 COMMENT public.INDEX i < 2");
        var schedule = new EntrySchedule([Toc.Entry(all[1]), Toc.Entry(all[2] with { Frame = FrameKind.IndexesAndConstraints })], new EntryGraph(all), _ => 0, workers: 2);
        Assert.Equal(2, schedule.Take(0)!.Entries.Count);
        Assert.Null(schedule.Take(1));
    }

    [Fact]
    public void What_is_made_while_a_worker_has_nothing_to_do_says_so()
    {
        EntrySchedule schedule = Make("""
            1 TABLE public.t
            2 TABLE public.o
            3 CONSTRAINT public.t t_pkey < 1
            4 INDEX public.of_o < 2
            5 CONSTRAINT public.t t_key < 1
            """, id => 10 - id);
        EntryUnit first = schedule.Take(0)!;
        Assert.False(first.LeavesOthersIdle, "another table's index can be made beside it");
        EntryUnit second = schedule.Take(1)!;
        Assert.False(second.LeavesOthersIdle, "nobody is idle");
        schedule.Done(first);
        schedule.Done(second);
        EntryUnit last = schedule.Take(0)!;
        Assert.Equal("t t_key", Name(last));
        Assert.True(last.LeavesOthersIdle);
    }

    [Fact]
    public void What_keeps_all_others_from_its_table_leaves_them_idle()
    {
        EntrySchedule schedule = Make("1 TABLE public.t\n2 CONSTRAINT public.t t_pkey < 1\n3 INDEX public.i < 1");
        Assert.True(schedule.Take(0)!.LeavesOthersIdle);
        Assert.Null(schedule.Take(1));
    }

    [Fact]
    public void What_an_entry_without_statements_needs_comes_first()
    {
        List<TocEntryRecord> all = Toc.Parse("1 TABLE public.t\n2 CONSTRAINT public.t k < 1\n3 STATISTICS public.silent < 2\n4 FUNCTION public.f() < 3");
        all[3] = all[3] with { Frame = FrameKind.IndexesAndConstraints };
        var schedule = new EntrySchedule([Toc.Entry(all[1], 1), Toc.Entry(all[3], 3)], new EntryGraph(all), _ => 0, workers: 2);
        EntryUnit key = schedule.Take(0)!;
        Assert.Null(schedule.Take(1));
        schedule.Done(key);
        Assert.Equal("f()", Name(schedule.Take(1)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_the_order_of_endings_no_two_that_conflict_run_and_all_are_made(int seed)
    {
        var random = new Random(seed);
        var lines = new List<string>();
        for (int t = 1; t <= 20; t++)
            lines.Add($"{t} TABLE public.t{t}" + (t > 10 ? $" < {random.Next(1, 11)}" : ""));
        for (int e = 100; e < 400; e++)
        {
            string type = random.Next(5) switch { 0 => "FK CONSTRAINT", 1 => "CONSTRAINT", 2 => "TRIGGER", 3 => "PUZZLE", _ => "INDEX" };
            string more = e > 101 && random.Next(3) == 0 ? " " + random.Next(100, e - 1) : "";
            lines.Add($"{e} {(type == "PUZZLE" && random.Next(5) > 0 ? "INDEX" : type)} public.e{e} < {random.Next(1, 21)} {random.Next(1, 21)}{more}");
        }

        List<TocEntryRecord> all = Toc.Parse(string.Join('\n', lines));
        var graph = new EntryGraph(all);
        EntrySchedule schedule = Make(all, _ => random.Next(100));
        var running = new List<EntryUnit>();
        int done = 0;
        while (!schedule.IsFinished)
        {
            while (running.Count < 8 && schedule.Take(0) is { } unit)
            {
                Assert.All(running, other => Assert.False(other.IsAlone || unit.IsAlone || Conflict(unit.Locks, other.Locks) || Conflict(other.Locks, unit.Locks)));
                running.Add(unit);
            }

            EntryUnit ended = running[random.Next(running.Count)];
            running.Remove(ended);
            schedule.Done(ended);
            done++;
        }

        Assert.Equal(300, done);
    }

    private static bool Conflict(EntryLockSet one, EntryLockSet other) => one.Exclusive.Any(r => other.Exclusive.Contains(r) || other.Shared.Contains(r));

    private static string? Name(EntryUnit? unit) => unit?.Entries[0].Record.Name;

    private static EntrySchedule Make(string toc, Func<int, long>? sizeOf = null, int workers = 2) => Make(Toc.Parse(toc), sizeOf ?? (_ => 0), workers);

    private static EntrySchedule Make(List<TocEntryRecord> all, Func<int, long> sizeOf, int workers = 2) =>
        new(all.Where(e => e.Frame != FrameKind.PreData).Select((e, i) => Toc.Entry(e, i)), new EntryGraph(all), sizeOf, workers);
}
