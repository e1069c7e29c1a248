using InMidst.Backup.Postgres.Dump;

namespace InMidst.Backup.Postgres.Tests.Dump;

public sealed class SlicePlanTests
{
    private const long Megabyte = 1L << 20;
    private const long Page = 8192;

    [Fact]
    public void Small_tables_stay_whole_and_the_longest_comes_first()
    {
        List<DataSlice> plan = SlicePlan.Make([Table("a", 1), Table("b", 90), Table("c", 50)], workers: 8, null);
        Assert.Equal(["b", "c", "a"], plan.Select(s => s.Table.Name));
        Assert.All(plan, s => Assert.Null(s.Pages));
        Assert.Equal([1, 2, 0], plan.Select(s => s.Position));
    }

    [Theory]
    [InlineData(2, 500)]
    [InlineData(8, 500)]
    [InlineData(2, 50_000)]
    [InlineData(64, 3_000_000)]
    public void Slices_of_a_large_table_cover_every_page_once_and_keep_all_workers_busy_to_the_end(int workers, long megabytes)
    {
        SourceTable large = Table("large", megabytes);
        List<DataSlice> plan = SlicePlan.Make([Table("small", 3), large], workers, null);
        DataSlice[] slices = [.. plan.Where(s => s.Table == large).OrderBy(s => s.Pages!.Value.First)];
        long next = 0;
        foreach (DataSlice slice in slices)
        {
            Assert.Equal(next, slice.Pages!.Value.First);
            Assert.True(slice.Pages.Value.End > next);
            next = slice.Pages.Value.End;
        }

        Assert.Equal(large.Pages, next);
        Assert.Single(slices, s => s.IsFirst);
        Assert.All(slices, s => Assert.InRange(s.Size, 1, (1L << 30) + (16 * Megabyte)));
        Assert.True(slices.Length >= Math.Min(workers * 3, megabytes / 70), $"There are {slices.Length}.");
        Assert.InRange(slices.Sum(s => s.Size), large.SizeOnDisk - slices.Length, large.SizeOnDisk);
    }

    [Fact]
    public void What_lies_beside_the_pages_counts()
    {
        // 100 pages of rows with 10 GB of TOAST.
        SourceTable wide = Table("wide", 10_000) with { Pages = 100 };
        List<DataSlice> plan = SlicePlan.Make([wide], workers: 4, null);
        Assert.InRange(plan.Count, 12, 100);
        SourceTable one = Table("one", 10_000) with { Pages = 1 };
        Assert.Null(Assert.Single(SlicePlan.Make([one], workers: 4, null)).Pages);
    }

    [Fact]
    public void What_cannot_be_cut_stays_whole()
    {
        SourceTable[] tables =
        [
            Table("other_access_method", 5000) with { Pages = 0 },
            Table("configuration", 5000) with { Filter = "WHERE mine" },
            Table("no_columns", 5000) with { QuotedColumns = [] },
        ];
        Assert.All(SlicePlan.Make(tables, workers: 4, null), s => Assert.Null(s.Pages));
        Assert.Null(Assert.Single(SlicePlan.Make([Table("large", 5000)], workers: 1, null)).Pages);
    }

    [Fact]
    public void A_slice_reads_its_pages_and_no_children()
    {
        var slice = new DataSlice(Table("t", 1), 0, 1) { Pages = (7, 12) };
        Assert.Equal("COPY (SELECT a, \"b c\" FROM ONLY s.t WHERE ctid >= '(7,0)' AND ctid < '(12,0)') TO STDOUT", slice.Command);
        Assert.Equal("COPY s.t (a, \"b c\") TO STDOUT", (slice with { Pages = null }).Command);
        SourceTable mine = slice.Table with { Filter = "WHERE mine" };
        Assert.Equal("COPY (SELECT a, \"b c\" FROM ONLY s.t WHERE mine) TO STDOUT", new DataSlice(mine, 0, 1).Command);
    }

    private static SourceTable Table(string name, long megabytes) => new()
    {
        Oid = 1, Schema = "s", Name = name, Qualified = "s." + name, SizeOnDisk = megabytes * Megabyte, Pages = megabytes * Megabyte / Page,
        Columns = ["a", "b c"], QuotedColumns = ["a", "\"b c\""],
    };
}
