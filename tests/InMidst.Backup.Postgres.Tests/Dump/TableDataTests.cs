using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Postgres.Copy;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Text;
using InMidst.Backup.Testing.Storage;
using Npgsql;

namespace InMidst.Backup.Postgres.Tests.Dump;

public sealed class TableDataTests
{
    private static readonly SourceTable Table = new()
    {
        Oid = 1, Schema = "shop", Name = "Order", Qualified = "shop.\"Order\"", SizeOnDisk = 1, Columns = ["id", "a b"], QuotedColumns = ["id", "\"a b\""],
    };

    private readonly MemoryStorage _storage = new(TimeProvider.System);

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
    public async Task A_row_the_server_cannot_write_is_told()
    {
        var refusal = new PostgresException("invalid memory alloc request size 1073741824", "ERROR", "ERROR", PostgresErrorCodes.InternalError);
        var e = await Assert.ThrowsAsync<BackupException>(() => WriteAsync(Table, refusal: refusal));
        Assert.Equal(ErrorIds.RowTooLarge, e.Id);
        Assert.Contains("shop.\"Order\"", e.Message);
    }

    private static string SumOf(string rows)
    {
        var sum = new ContentChecksum();
        sum.Append(Encoding.Latin1.GetBytes(rows));
        return sum.Sum;
    }

    /// <summary>Writes the table and decompresses each of its frames alone.</summary>
    private async Task<(TableRecord Record, List<string> Frames)> WriteAsync(SourceTable table, string rows = "", PostgresException? refusal = null)
    {
        await _storage.InitializeAsync(default);
        await using StorageUpload upload = await _storage.BeginPutAsync("a.sql.zst", PutMode.CreateNew, default);
        FrameCodec codec = FrameCodec.For(CompressionKind.Zstd);
        await using var writer = new DumpFileWriter(upload, codec, level: 1);
        int advanced = 0;
        var data = new TableData(new GivenRows(rows, refusal), writer, new DatabaseText("UTF8"), count => advanced += count);
        TableRecord record = await data.WriteAsync(table, 7, default);
        Assert.Equal(rows.Length, advanced);
        Assert.Equal(record.Rows, writer.Frames.Sum(f => f.Rows));
        Assert.All(writer.Frames, f => Assert.Equal((FrameKind.Data, 7), (f.Kind, f.Table)));

        // Completing sends what is still in the writer's buffer.
        await writer.WriteFrameAsync(FrameKind.Sequences, "-- end\n"u8.ToArray(), default);
        IReadOnlyList<FrameEntry> frames = writer.Frames;
        await writer.CompleteAsync(new DumpIndex
        {
            Backup = null!, Frames = [], Entries = [], Tables = [], Sequences = [], MaterializedViews = [], NotValidConstraints = [],
        }, default);
        await upload.CompleteAsync(default);
        byte[] file = await _storage.ReadAllBytesAsync("a.sql.zst", int.MaxValue - 1, default);
        var texts = new List<string>();
        foreach (FrameEntry frame in frames.Where(f => f.Kind == FrameKind.Data))
        {
            using var reader = new StreamReader(codec.CreateDecompressor(new MemoryStream(file, (int)frame.Offset, (int)frame.Length)), Encoding.Latin1);
            texts.Add(await reader.ReadToEndAsync());
        }

        return (record, texts);
    }

    private sealed class GivenRows(string rows, PostgresException? refusal) : IBulkCopy
    {
        public Task<Stream> BeginCopyOutAsync(string command, CancellationToken cancellationToken) => refusal is null
            ? Task.FromResult<Stream>(new Tests.Script.ChunkedStream(Encoding.Latin1.GetBytes(rows), () => 5000))
            : Task.FromException<Stream>(refusal);

        public Task<ICopyIn> BeginCopyInAsync(string command, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
