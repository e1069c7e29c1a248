using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Core.Tests.Format;

public sealed class DumpFileTests
{
    private const string ForeignStart =
        "--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 15.18\n-- Dumped by pg_dump version 15.18\n\nSET client_encoding = 'UTF8';\n\n";

    public static TheoryData<CompressionKind> Kinds => FrameCodecTests.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_was_written_is_read(CompressionKind kind)
    {
        SampleDump dump = await SampleDump.WriteAsync(kind);
        DumpFile file = await dump.OpenAsync();

        Assert.True(file.IsOurs);
        Assert.Equal(1, file.Format);
        Assert.Equal(kind, file.Codec.Kind);
        Assert.Equal(dump.Manifest.Index, file.Index);
        Assert.Equal(FormatJson.Write(dump.Index), FormatJson.Write(await file.ReadIndexAsync(default)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_script_is_all_frames_one_after_another_and_then_comments(CompressionKind kind)
    {
        SampleDump dump = await SampleDump.WriteAsync(kind);
        using var reader = new StreamReader(await (await dump.OpenAsync()).OpenScriptAsync(default));
        string script = await reader.ReadToEndAsync();

        Assert.StartsWith(dump.Script, script, StringComparison.Ordinal);
        string[] rest = script[dump.Script.Length..].Split('\n');
        Assert.All(rest[..^1], line => Assert.StartsWith("--", line));
        Assert.Equal([DumpTail.EndMarker, ""], rest[^2..]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_index_says_where_each_frame_lies(CompressionKind kind)
    {
        SampleDump dump = await SampleDump.WriteAsync(kind);
        byte[] bytes = await dump.ReadAsync();
        FrameCodec codec = FrameCodec.For(kind);
        Assert.Equal(SampleDump.Frames.Count, dump.Index.Frames.Count);
        foreach ((FrameEntry frame, (FrameKind expected, string text)) in dump.Index.Frames.Zip(SampleDump.Frames))
        {
            using var reader = new StreamReader(codec.CreateDecompressor(new MemoryStream(bytes, (int)frame.Offset, (int)frame.Length)));
            Assert.Equal(text, await reader.ReadToEndAsync());
            Assert.Equal(expected, frame.Kind);
            Assert.Equal(text.Length, frame.RawLength);
            Assert.Equal(expected == FrameKind.Data ? 0 : null, frame.Table);
            Assert.Equal(expected == FrameKind.Data ? 1 : null, frame.Rows);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_file_cut_anywhere_is_incomplete(CompressionKind kind)
    {
        SampleDump dump = await SampleDump.WriteAsync(kind);
        byte[] bytes = await dump.ReadAsync();
        for (int length = 0; length < bytes.Length; length++)
        {
            await dump.ReplaceAsync(bytes.AsMemory(0, length));
            DumpFile file = await dump.OpenAsync();
            Assert.Null(file.Index);
            await IsCorruptAsync(file);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_file_cut_between_members_is_ours_and_incomplete(CompressionKind kind)
    {
        SampleDump dump = await SampleDump.WriteAsync(kind);
        byte[] bytes = await dump.ReadAsync();
        foreach (long end in (long[])[.. dump.Index.Frames.Select(f => f.Offset + f.Length), bytes.Length - DumpTail.FrameLength(FrameCodec.For(kind))])
        {
            await dump.ReplaceAsync(bytes.AsMemory(0, (int)end));
            DumpFile file = await dump.OpenAsync();
            Assert.True(file.IsOurs);
            Assert.Null(file.Index);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_file_that_goes_on_after_its_end_is_not_accepted(CompressionKind kind)
    {
        SampleDump dump = await SampleDump.WriteAsync(kind);
        byte[] bytes = await dump.ReadAsync();
        foreach (byte[] rest in (byte[][])[[0], [(byte)'\n'], Encoding.ASCII.GetBytes("garbage"), bytes, bytes[^DumpTail.FrameLength(FrameCodec.For(kind))..]])
        {
            await dump.ReplaceAsync((byte[])[.. bytes, .. rest]);
            DumpFile file = await dump.OpenAsync();
            Assert.Null(file.Index);
            await IsCorruptAsync(file);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_changed_byte_of_the_trailer_is_never_accepted(CompressionKind kind)
    {
        SampleDump dump = await SampleDump.WriteAsync(kind);
        byte[] bytes = await dump.ReadAsync();
        for (int i = (int)dump.Manifest.Index!.Offset; i < bytes.Length; i++)
        {
            byte[] damaged = [.. bytes];
            damaged[i] ^= 0x01;
            await dump.ReplaceAsync(damaged);
            await IsCorruptAsync(await dump.OpenAsync());
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_missing_stretch_is_never_accepted(CompressionKind kind)
    {
        SampleDump dump = await SampleDump.WriteAsync(kind);
        byte[] bytes = await dump.ReadAsync();
        FrameEntry frame = dump.Index.Frames[2];
        await dump.ReplaceAsync((byte[])[.. bytes[..(int)frame.Offset], .. bytes[(int)(frame.Offset + frame.Length)..]]);
        Assert.Null((await dump.OpenAsync()).Index);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_dump_of_another_tool_is_not_ours(CompressionKind kind)
    {
        DumpFile file = await OpenAsync(kind, ForeignStart + "--\n-- PostgreSQL database dump complete\n--\n\n");
        Assert.False(file.IsOurs);
        Assert.Null(file.Index);
        Assert.Equal(kind, file.Codec.Kind);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_dump_that_quotes_our_first_lines_in_its_data_is_not_ours(CompressionKind kind)
    {
        string[] quotes =
        [
            $"COPY public.log (line) FROM stdin;\n{DumpFile.Signature}1, written by InMidst.Backup 0.0.0\n\\.\n",
            "-- InMidst.Backup dump, format 1, written by InMidst.Backup 0.0.0\n",
            $"COMMENT ON TABLE public.log IS '\n{DumpFile.Signature}1\n';\n",
        ];
        foreach (string quote in quotes)
        {
            DumpFile file = await OpenAsync(kind, ForeignStart + quote);
            Assert.False(file.IsOurs);
            Assert.Null(file.Format);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("\n1")]
    public async Task A_first_line_without_a_number_is_not_ours(string number)
    {
        Assert.Null((await OpenAsync(CompressionKind.Gzip, DumpFile.Signature + number)).Format);
    }

    [Theory]
    [InlineData("2", 2)]
    [InlineData("10", 10)]
    [InlineData("99999999999999999999999", int.MaxValue)]
    public async Task A_newer_format_is_said_to_be_newer(string number, int format)
    {
        foreach (CompressionKind kind in Enum.GetValues<CompressionKind>())
        {
            DumpFile file = await OpenAsync(kind, DumpFile.Signature + number + ", written by InMidst.Backup 99.0\n");
            Assert.Equal(format, file.Format);
            BackupException e = await Assert.ThrowsAsync<BackupException>(() => file.ReadIndexAsync(default));
            Assert.Equal(ErrorIds.FormatTooNew, e.Id);
        }
    }

    [Theory]
    [InlineData(long.MaxValue, long.MaxValue)]
    [InlineData(0, long.MaxValue)]
    [InlineData(long.MaxValue, 1)]
    [InlineData(0, 1 << 30)]
    [InlineData(0, (1 << 30) + 1)]
    [InlineData(1L << 40, 1 << 20)]
    public async Task What_a_forged_tail_claims_is_not_allocated(long offset, long length)
    {
        foreach (CompressionKind kind in Enum.GetValues<CompressionKind>())
        {
            SampleDump dump = await SampleDump.WriteAsync(kind);
            byte[] bytes = await dump.ReadAsync();
            byte[] tail = DumpTail.Make(FrameCodec.For(kind), new IndexLocation(offset, length, SampleRecords.Sha256));
            await dump.ReplaceAsync((byte[])[.. bytes[..^tail.Length], .. tail]);

            long before = GC.GetTotalAllocatedBytes();
            DumpFile file = await dump.OpenAsync();
            await IsCorruptAsync(file);
            Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 200L << 20);
        }
    }

    [Fact]
    public async Task An_index_whose_frames_leave_a_gap_is_refused()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip);
        IReadOnlyList<FrameEntry> frames = dump.Index.Frames;
        IReadOnlyList<FrameEntry>[] forged =
        [
            [.. frames.Skip(1)],
            [.. frames.SkipLast(1)],
            [.. frames.Take(2), .. frames.Skip(3)],
            [frames[1], frames[0], .. frames.Skip(2)],
            [],
        ];
        foreach (IReadOnlyList<FrameEntry> list in forged)
            await IsCorruptAsync(await RewriteIndexAsync(dump, dump.Index with { Frames = list }));
        await (await RewriteIndexAsync(dump, dump.Index)).ReadIndexAsync(default);
    }

    [Fact]
    public async Task An_index_of_a_newer_format_is_said_to_be_newer()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Zstd);
        DumpFile file = await RewriteIndexAsync(dump, dump.Index with { Format = 2 });
        BackupException e = await Assert.ThrowsAsync<BackupException>(() => file.ReadIndexAsync(default));
        Assert.Equal(ErrorIds.FormatTooNew, e.Id);
    }

    [Fact]
    public async Task An_empty_file_is_nobodys()
    {
        var storage = new MemoryStorage(TimeProvider.System);
        await storage.InitializeAsync(default);
        await storage.PutAsync("a.sql.gz", default, PutMode.CreateNew, default);
        DumpFile file = await DumpFile.OpenAsync(storage, "a.sql.gz", default);
        Assert.False(file.IsOurs);
    }

    [Fact]
    public async Task A_dump_is_read_for_what_it_is_whatever_its_name_says()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Zstd);
        await dump.Storage.PutAsync("renamed.sql.gz", await dump.ReadAsync(), PutMode.CreateNew, default);
        DumpFile file = await DumpFile.OpenAsync(dump.Storage, "renamed.sql.gz", default);
        Assert.Equal(CompressionKind.Zstd, file.Codec.Kind);
        Assert.Equal(SampleDump.Id, (await file.ReadIndexAsync(default)).Backup.Id);
    }

    [Fact]
    public async Task Looking_at_a_large_file_reads_its_ends_only()
    {
        var memory = new MemoryStorage(TimeProvider.System);
        await memory.InitializeAsync(default);
        byte[] content = new byte[20 << 20];
        Encoding.ASCII.GetBytes(ForeignStart).CopyTo(content, 0);
        await memory.PutAsync("a.sql", content, PutMode.CreateNew, default);
        long before = GC.GetTotalAllocatedBytes();
        await DumpFile.OpenAsync(memory, "a.sql", default);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 10 << 20);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_not_found()
    {
        var storage = new MemoryStorage(TimeProvider.System);
        await storage.InitializeAsync(default);
        var e = await Assert.ThrowsAsync<StorageException>(() => DumpFile.OpenAsync(storage, "a.sql.gz", default));
        Assert.Equal(ErrorIds.ObjectNotFound, e.Id);
    }

    private static async Task<DumpFile> OpenAsync(CompressionKind kind, string text)
    {
        var storage = new MemoryStorage(TimeProvider.System);
        await storage.InitializeAsync(default);
        FrameCodec codec = FrameCodec.For(kind);
        using var frame = new MemoryStream();
        await using (Stream compressor = codec.CreateCompressor(frame, level: null))
            await compressor.WriteAsync(Encoding.ASCII.GetBytes(text));
        await storage.PutAsync("a" + codec.Extension, frame.ToArray(), PutMode.CreateNew, default);
        return await DumpFile.OpenAsync(storage, "a" + codec.Extension, default);
    }

    /// <summary>The dump with another index and a tail that fits it.</summary>
    private static async Task<DumpFile> RewriteIndexAsync(SampleDump dump, DumpIndex index)
    {
        byte[] bytes = await dump.ReadAsync();
        await dump.Storage.DeleteAsync("forged.sql", default);
        await using StorageUpload upload = await dump.Storage.BeginPutAsync("forged.sql", PutMode.CreateNew, default);
        await using var writer = new DumpFileWriter(upload.AsStream(), FrameCodec.For(dump.Manifest.Compression), level: null);
        await upload.WriteAsync(bytes.AsMemory(0, (int)dump.Manifest.Index!.Offset), default);
        await writer.CompleteAsync(index, default);
        await upload.CompleteAsync(default);

        // The writer counts from zero: the index lies after what was written past it.
        byte[] forged = await dump.Storage.ReadAllBytesAsync("forged.sql", int.MaxValue - 1, default);
        FrameCodec codec = FrameCodec.For(dump.Manifest.Compression);
        int tailLength = DumpTail.FrameLength(codec);
        IndexLocation location = DumpTail.Parse(codec, forged.AsSpan(forged.Length - tailLength))!;
        byte[] tail = DumpTail.Make(codec, location with { Offset = dump.Manifest.Index.Offset });
        await dump.Storage.PutAsync("forged.sql", (byte[])[.. forged[..^tailLength], .. tail], PutMode.Replace, default);
        DumpFile file = await DumpFile.OpenAsync(dump.Storage, "forged.sql", default);
        Assert.NotNull(file.Index);
        return file;
    }

    private static async Task IsCorruptAsync(DumpFile file)
    {
        BackupException e = await Assert.ThrowsAsync<BackupException>(() => file.ReadIndexAsync(default));
        Assert.Equal(ErrorIds.BackupCorrupt, e.Id);
    }
}
