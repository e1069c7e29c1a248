using System.Text;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Postgres.Copy;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Text;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Postgres.Tests.Dump;

public sealed class TableDataTests
{
    private static readonly SourceTable Table = new()
    {
        Oid = 1, Schema = "shop", Name = "Order", Qualified = "shop.\"Order\"", SizeOnDisk = 1, Columns = ["id", "a b"], QuotedColumns = ["id", "\"a b\""],
    };

    private readonly MemoryStorage _storage = new(TimeProvider.System);
    private int _files;

    [Fact]
    public async Task A_small_table_is_one_whole_block()
    {
        (TableRecord record, List<string> frames) = await WriteAsync(Table, "1\tx\n2\ty\n");
        Assert.Equal(["COPY shop.\"Order\" (id, \"a b\") FROM stdin;\n1\tx\n2\ty\n\\.\n\n"], frames);
        Assert.Equal(("shop", "Order", 2L, 8L), (record.Schema, record.Name, record.Rows, record.Bytes));
        Assert.Equal(["id", "a b"], record.Columns);
        Assert.Equal(SumOf("1\tx\n2\ty\n"), record.Checksum);
    }

    [Fact]
    public async Task An_empty_table_is_an_empty_block()
    {
        (TableRecord record, List<string> frames) = await WriteAsync(Table, "");
        Assert.Equal(["COPY shop.\"Order\" (id, \"a b\") FROM stdin;\n\\.\n\n"], frames);
        Assert.Equal(0, record.Rows);
        Assert.Equal(new string('0', 32), record.Checksum);
    }

    [Fact]
    public async Task A_table_without_columns_keeps_its_rows()
    {
        (TableRecord record, List<string> frames) = await WriteAsync(Table with { Columns = [], QuotedColumns = [] }, "\n\n\n");
        Assert.Equal(["COPY shop.\"Order\" FROM stdin;\n\n\n\n\\.\n\n"], frames);
        Assert.Equal(3, record.Rows);
    }

    [Fact]
    public async Task A_large_table_is_cut_between_rows_into_blocks_of_their_own()
    {
        var rows = new StringBuilder();
        for (int i = 0; rows.Length < 50 * 1024 * 1024; i++)
            rows.Append(i).Append('\t').Append('x', i % 1000).Append('\n');
        string all = rows.ToString();

        (TableRecord record, List<string> frames) = await WriteAsync(Table, all);

        const string Head = "COPY shop.\"Order\" (id, \"a b\") FROM stdin;\n";
        const string Tail = "\\.\n\n";
        Assert.Equal(4, frames.Count);
        Assert.All(frames, f => Assert.StartsWith(Head, f, StringComparison.Ordinal));
        Assert.All(frames, f => Assert.EndsWith("\n" + Tail, f, StringComparison.Ordinal));
        Assert.True(all == string.Concat(frames.Select(f => f[Head.Length..^Tail.Length])));
        Assert.Equal(all.Count(c => c == '\n'), record.Rows);
        Assert.Equal(all.Length, record.Bytes);
        Assert.Equal(SumOf(all), record.Checksum);
    }

    [Fact]
    public async Task A_row_longer_than_a_frame_stays_whole()
    {
        string all = "1\tx\n2\t" + new string('y', TableData.FrameLength * 2) + "\n3\tz\n";
        (TableRecord record, List<string> frames) = await WriteAsync(Table, all);
        Assert.Equal(3, record.Rows);
        Assert.Equal(SumOf(all), record.Checksum);
        Assert.Contains(frames, f => f.Contains(all[4..^4], StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_leaf_is_loaded_through_its_root()
    {
        SourceTable leaf = Table with { Root = (2, "shop", "root", "shop.root") };
        (TableRecord record, List<string> frames) = await WriteAsync(leaf, "1\tx\n");
        Assert.StartsWith("COPY shop.root (id, \"a b\") FROM stdin;\n", Assert.Single(frames), StringComparison.Ordinal);
        Assert.Equal(("shop", "root"), (record.RootSchema, record.RootName));
        Assert.Equal("Order", record.Name);
    }

    [Fact]
    public async Task A_part_of_a_table_without_rows_needs_no_block_but_the_first_has_one()
    {
        (_, List<string> first) = await WriteAsync(Slice(0, 5), "");
        Assert.Equal(["COPY shop.\"Order\" (id, \"a b\") FROM stdin;\n\\.\n\n"], first);
        (_, List<string> later) = await WriteAsync(Slice(5, 9), "");
        Assert.Empty(later);
        (ContentChecksum rows, List<string> full) = await WriteAsync(Slice(5, 9), "1\tx\n");
        Assert.Equal(["COPY shop.\"Order\" (id, \"a b\") FROM stdin;\n1\tx\n\\.\n\n"], full);
        Assert.Equal(1, rows.Rows);
    }

    [Fact]
    public async Task A_cut_right_at_the_end_leaves_no_empty_block()
    {
        string all = string.Concat(Enumerable.Repeat(new string('x', 1023) + "\n", (TableData.FrameLength / 1024) + 1));
        (_, List<string> frames) = await WriteAsync(Table, all);
        Assert.Single(frames);
    }

    [Fact]
    public async Task After_a_failure_the_whole_rows_that_came_are_known()
    {
        await _storage.InitializeAsync(default);
        await using StorageUpload upload = await _storage.BeginPutAsync("a.sql", PutMode.CreateNew, default);
        await using var writer = new DumpFileWriter(upload.AsStream(), FrameCodec.For(CompressionKind.None), level: null);
        string rows = string.Concat(Enumerable.Repeat(new string('x', 999) + "\n", 20_000)) + "half a row";
        var data = new TableData(new GivenRows(rows, broken: true), writer);
        await Assert.ThrowsAsync<IOException>(() => DedicatedThread.RunAsync(() => data.Copy(new DataSlice(Table, 0, 1), _ => { }, default)));
        Assert.Equal(20_000, data.RowsRead);
    }

    private static DataSlice Slice(long first, long end) => new(Table, 7, 1) { Pages = (first, end) };

    private static string SumOf(string rows)
    {
        var sum = new ContentChecksum();
        sum.Append(Encoding.Latin1.GetBytes(rows));
        return sum.Sum;
    }

    private async Task<(TableRecord Record, List<string> Frames)> WriteAsync(SourceTable table, string rows)
    {
        (ContentChecksum sum, List<string> frames) = await WriteAsync(new DataSlice(table, 7, 1), rows);
        return (table.ToRecord(new DatabaseText("UTF8"), sum), frames);
    }

    /// <summary>Copies the slice and decompresses each of its frames alone.</summary>
    private async Task<(ContentChecksum Rows, List<string> Frames)> WriteAsync(DataSlice slice, string rows)
    {
        string name = $"a{_files++}.sql.zst";
        await _storage.InitializeAsync(default);
        await using StorageUpload upload = await _storage.BeginPutAsync(name, PutMode.CreateNew, default);
        FrameCodec codec = FrameCodec.For(CompressionKind.Zstd);
        await using var writer = new DumpFileWriter(upload.AsStream(), codec, level: 1);
        int advanced = 0;
        var data = new TableData(new GivenRows(rows), writer);
        ContentChecksum sum = await DedicatedThread.RunAsync(() => data.Copy(slice, count => advanced += count, default));
        Assert.Equal(rows.Length, advanced);
        Assert.Equal(sum.Rows, writer.Frames.Sum(f => f.Rows));
        Assert.All(writer.Frames, f => Assert.Equal((FrameKind.Data, 7), (f.Kind, f.Table)));

        // Completing sends what is still in the writer's buffer.
        await writer.WriteFrameAsync(FrameKind.Sequences, "-- end\n"u8.ToArray(), default);
        await writer.CompleteAsync(new DumpIndex
        {
            Backup = null!, Frames = [], Entries = [], Tables = [], Sequences = [], MaterializedViews = [], NotValidConstraints = [],
        }, default);
        await upload.CompleteAsync(default);
        byte[] file = await _storage.ReadAllBytesAsync(name, int.MaxValue - 1, default);
        var texts = new List<string>();
        foreach (FrameEntry frame in writer.Frames.Where(f => f.Kind == FrameKind.Data))
        {
            using var reader = new StreamReader(codec.CreateDecompressor(new MemoryStream(file, (int)frame.Offset, (int)frame.Length)), Encoding.Latin1);
            texts.Add(await reader.ReadToEndAsync());
        }

        return (sum, texts);
    }

    private sealed class GivenRows(string rows, bool broken = false) : IBulkCopy
    {
        public Task<Stream> BeginCopyOutAsync(string command, CancellationToken cancellationToken)
        {
            var given = new Tests.Script.ChunkedStream(Encoding.Latin1.GetBytes(rows), () => 5000);
            return Task.FromResult<Stream>(broken ? new BrokenStream(given) : given);
        }
    }

    /// <summary>Fails where the other ends.</summary>
    private sealed class BrokenStream(Stream inner) : SequentialReadStream
    {
        public override int Read(Span<byte> buffer) => throw new NotSupportedException();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await inner.ReadAsync(buffer, cancellationToken) is > 0 and int read ? read : throw new IOException("Broken.");
    }
}
