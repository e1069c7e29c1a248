using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Core.Tests.Format;

public sealed class ContentChecksumTests
{
    [Fact]
    public void It_is_the_sum_of_the_rows_hashes()
    {
        string[] rows = ["1\tone", "2\t\\N", "", "1\tone", new string('x', 100_000)];
        UInt128 expected = 0;
        foreach (string row in rows)
            expected += XxHash128.HashToUInt128(Encoding.UTF8.GetBytes(row));

        ContentChecksum sum = Of(rows);
        Assert.Equal(expected.ToString("x32"), sum.Sum);
        Assert.Equal(5, sum.Rows);
        Assert.Equal(rows.Sum(r => r.Length + 1), sum.Bytes);
        Assert.False(sum.InRow);
    }

    [Fact]
    public void The_order_of_the_rows_does_not_matter()
    {
        string[] rows = [.. Enumerable.Range(0, 500).Select(i => $"{i % 50}\trow {i % 70}")];
        string expected = Of(rows).Sum;
        var random = new Random(7);
        for (int i = 0; i < 10; i++)
        {
            random.Shuffle(rows);
            Assert.Equal(expected, Of(rows).Sum);
        }
    }

    [Fact]
    public void Where_the_bytes_are_cut_does_not_matter()
    {
        byte[] data = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 300).Select(i => new string('é', i % 37) + "\n")));
        var whole = new ContentChecksum();
        whole.Append(data);
        for (int seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var cut = new ContentChecksum();
            for (int at = 0; at < data.Length;)
            {
                int count = Math.Min(random.Next(0, 60), data.Length - at);
                cut.Append(data.AsSpan(at, count));
                at += count;
            }

            Assert.Equal(whole.Sum, cut.Sum);
            Assert.Equal(300, cut.Rows);
            Assert.Equal(data.Length, cut.Bytes);
        }
    }

    [Fact]
    public void Every_row_is_found_however_long_it_is_and_however_many_there_are()
    {
        var random = new Random(3);
        var rows = new List<byte[]>();
        for (int length = 0; length <= 2000; length++)
        {
            rows.AddRange(Enumerable.Repeat(Array.Empty<byte>(), length % 50 == 0 ? length : 0));
            byte[] row = new byte[length];
            random.NextBytes(row);
            rows.Add([.. row.Select(b => b == (byte)'\n' ? (byte)0x8A : b)]);
        }

        byte[][] inAnyOrder = [.. rows];
        random.Shuffle(inAnyOrder);
        foreach (byte[][] order in (byte[][][])[[.. rows], inAnyOrder])
        {
            UInt128 expected = 0;
            var data = new List<byte>();
            var sum = new ContentChecksum();
            foreach (byte[] row in order)
            {
                expected += XxHash128.HashToUInt128(row);
                data.AddRange(row);
                data.Add((byte)'\n');
            }

            sum.Append(CollectionsMarshal.AsSpan(data));
            Assert.Equal((rows.Count, expected.ToString("x32")), (sum.Rows, sum.Sum));
        }
    }

    [Fact]
    public void How_often_a_row_is_there_matters()
    {
        string[] sums = [Of().Sum, Of("a").Sum, Of("a", "a").Sum, Of("a", "a", "a").Sum, Of("a", "b").Sum, Of("b", "b").Sum];
        Assert.Equal(sums.Length, sums.Distinct().Count());
    }

    [Fact]
    public void An_empty_row_counts()
    {
        Assert.Equal(2, Of("", "").Rows);
        Assert.NotEqual(Of().Sum, Of("").Sum);
        Assert.NotEqual(Of("").Sum, Of("", "").Sum);
    }

    [Fact]
    public void No_rows_sum_up_to_zero()
    {
        Assert.Equal(new string('0', 32), Of().Sum);
        Assert.Equal(0, Of().Rows);
    }

    [Fact]
    public void A_row_without_its_end_is_no_row_and_is_told()
    {
        ContentChecksum sum = Of("a");
        sum.Append("half"u8);
        Assert.True(sum.InRow);
        Assert.Equal(1, sum.Rows);
        Assert.Equal(Of("a").Sum, sum.Sum);

        sum.Append(""u8);
        Assert.True(sum.InRow);
        sum.Append("\n"u8);
        Assert.False(sum.InRow);
        Assert.Equal(Of("a", "half").Sum, sum.Sum);
    }

    [Fact]
    public void Parts_add_up_to_the_whole()
    {
        ContentChecksum sum = Of("a", "b");
        sum.Add(Of("b", "c"));
        Assert.Equal(Of("a", "b", "b", "c").Sum, sum.Sum);
        Assert.Equal(4, sum.Rows);
        Assert.Equal(8, sum.Bytes);
        Assert.Equal(sum.Sum, ContentChecksum.Add(Of("c", "b").Sum, Of("a", "b").Sum));
        Assert.Equal(Of().Sum, ContentChecksum.Add(new string('f', 32), new string('0', 31) + "1"));
    }

    private static ContentChecksum Of(params string[] rows)
    {
        var sum = new ContentChecksum();
        foreach (string row in rows)
            sum.Append(Encoding.UTF8.GetBytes(row + "\n"));
        return sum;
    }
}
