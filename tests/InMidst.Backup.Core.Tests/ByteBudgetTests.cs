namespace InMidst.Backup.Core.Tests;

public sealed class ByteBudgetTests
{
    [Fact]
    public void No_more_is_lent_than_there_is_and_what_comes_back_is_lent_again()
    {
        var budget = new ByteBudget((3 * ByteBudget.BufferLength) + 1);
        var lent = new List<byte[]>();
        while (budget.TryRent(out byte[]? buffer))
            lent.Add(buffer);
        Assert.Equal(3, lent.Distinct().Count());
        Assert.Equal(3 * ByteBudget.BufferLength, budget.Lent);
        budget.Return(lent[1]);
        Assert.True(budget.TryRent(out byte[]? again));
        Assert.Same(lent[1], again);
        Assert.False(budget.TryRent(out _));
    }

    [Fact]
    public void It_is_a_quarter_of_what_the_process_may_have_or_130_megabytes()
    {
        long expected = Math.Min(130L << 20, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4) / ByteBudget.BufferLength;
        var budget = new ByteBudget();
        long lent = 0;
        while (lent <= expected && budget.TryRent(out _))
            lent++;
        Assert.Equal(expected, lent);
    }
}
