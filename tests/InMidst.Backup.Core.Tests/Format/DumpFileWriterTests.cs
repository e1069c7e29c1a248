using System.Text;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Core.Tests.Format;

/// <summary>What is measured here would be disturbed by other tests of the process.</summary>
[CollectionDefinition(nameof(DumpFileWriterTests), DisableParallelization = true)]
[Collection(nameof(DumpFileWriterTests))]
public sealed class DumpFileWriterTests
{
    private const long LargeFrame = 200L << 20;
    private const long MuchLess = 20L << 20;

    public static TheoryData<CompressionKind> Kinds => FrameCodecTests.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task However_large_a_frame_is_writing_and_reading_it_needs_little_memory(CompressionKind kind)
    {
        FrameCodec codec = FrameCodec.For(kind);
        byte[] piece = Encoding.ASCII.GetBytes(FrameCodecTests.Noise(1000) + new string('x', (64 * 1024) - 1000));
        var upload = new CountingUpload(keep: kind != CompressionKind.None);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        await using (var writer = new DumpFileWriter(upload.AsStream(), codec, level: 1))
        {
            Stream frame = writer.BeginFrame(FrameKind.Data, 0);
            for (long written = 0; written < LargeFrame; written += piece.Length)
                await frame.WriteAsync(piece);
            FrameEntry entry = await writer.EndFrameAsync(1);
            Assert.Equal(LargeFrame, entry.RawLength);
            DumpIndex index = SampleRecords.Index(SampleRecords.Manifest("a", kind), writer.Frames);
            await writer.CompleteAsync(index, default);
            Assert.Equal(upload.Length, writer.Length);
        }

        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before - upload.Kept, 0, MuchLess);
        if (kind == CompressionKind.None)
            return;

        byte[] file = upload.ToArray();
        before = GC.GetTotalAllocatedBytes(precise: true);
        using Stream script = codec.CreateDecompressor(new MemoryStream(file));
        byte[] buffer = new byte[100_000];
        long length = 0;
        int read;
        while ((read = await script.ReadAsync(buffer)) > 0)
            length += read;
        Assert.True(length > LargeFrame);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, MuchLess);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Frames_of_any_size_and_cut_read_back(CompressionKind kind)
    {
        var storage = new MemoryStorage(TimeProvider.System);
        await storage.InitializeAsync(default);
        var texts = new List<string>();
        int[] lengths = [0, 1, 100, 1024 * 1024, (1024 * 1024) + 1, 0, 3_000_000, 7];
        await using (StorageUpload upload = await storage.BeginPutAsync("a.sql", PutMode.CreateNew, default))
        {
            await using var writer = new DumpFileWriter(upload.AsStream(), FrameCodec.For(kind), level: 3);
            await writer.WriteFrameAsync(FrameKind.Header, Encoding.ASCII.GetBytes(DumpFile.Signature + "1\n"), default);
            foreach (int length in lengths)
            {
                texts.Add(FrameCodecTests.Noise(length));
                byte[] bytes = Encoding.ASCII.GetBytes(texts[^1]);
                Stream frame = writer.BeginFrame(FrameKind.Data, 0);
                for (int at = 0; at < length; at += 77_777)
                    await frame.WriteAsync(bytes.AsMemory(at, Math.Min(77_777, length - at)));
                FrameEntry entry = await writer.EndFrameAsync(5);
                Assert.Equal(length, entry.RawLength);
            }

            await writer.CompleteAsync(SampleRecords.Index(SampleRecords.Manifest("a", kind), writer.Frames), default);
            await upload.CompleteAsync(default);
        }

        DumpFile file = await DumpFile.OpenAsync(storage, "a.sql", default);
        DumpIndex index = await file.ReadIndexAsync(default);
        Assert.Equal(lengths.Length + 1, index.Frames.Count);
        using var verifying = new VerifyingReadStream(await file.OpenStoredAsync(default), index.Frames);
        using var reader = new StreamReader(file.Codec.CreateDecompressor(verifying));
        Assert.StartsWith(DumpFile.Signature + "1\n" + string.Concat(texts), await reader.ReadToEndAsync(), StringComparison.Ordinal);
        await verifying.DrainAsync(default);
        Assert.Empty(verifying.Damaged);
        Assert.Equal(0, verifying.Unread);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_writer_that_is_given_up_in_a_frame_writes_nothing_more(CompressionKind kind)
    {
        var upload = new CountingUpload(keep: false);
        var writer = new DumpFileWriter(upload.AsStream(), FrameCodec.For(kind), level: null);
        Stream frame = writer.BeginFrame(FrameKind.PreData);
        await frame.WriteAsync(new byte[3_000_000]);
        long length = upload.Length;
        await writer.DisposeAsync();
        Assert.Equal(length, upload.Length);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_failing_upload_is_reported_and_the_writer_can_still_be_given_up(CompressionKind kind)
    {
        var upload = new CountingUpload(keep: false) { Fails = true };
        var writer = new DumpFileWriter(upload.AsStream(), FrameCodec.For(kind), level: 1);
        Stream frame = writer.BeginFrame(FrameKind.PreData);
        byte[] bytes = new byte[5_000_000];
        new Random(1).NextBytes(bytes);
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            await frame.WriteAsync(bytes);
            await writer.EndFrameAsync();
        });
        await writer.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Frames_made_side_by_side_lie_in_the_file_in_the_order_they_ended_each_whole(CompressionKind kind)
    {
        FrameCodec codec = FrameCodec.For(kind);
        var budget = new ByteBudget(60L << 20);
        var upload = new CountingUpload(keep: true);
        await using var writer = new DumpFileWriter(upload.AsStream(), codec, level: 1, budget);
        string[] texts = [.. Enumerable.Range(0, 20).Select(i => $"{i}:" + FrameCodecTests.Noise(i % 9 == 0 ? 800_000 : 1000 * i))];
        await Parallel.ForEachAsync(Enumerable.Range(0, texts.Length), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, token) =>
        {
            await using DumpFrame frame = writer.BeginDetachedFrame(FrameKind.Data, i, token);
            byte[] bytes = Encoding.ASCII.GetBytes(texts[i]);
            for (int at = 0; at < bytes.Length; at += 77_777)
                await frame.WriteAsync(bytes.AsMemory(at, Math.Min(77_777, bytes.Length - at)), token);
            FrameEntry entry = await frame.CompleteAsync(i);
            Assert.Equal(bytes.Length, entry.RawLength);
        });
        Assert.Equal(0, budget.Lent);
        IReadOnlyList<FrameEntry> frames = [.. writer.Frames];
        await writer.CompleteAsync(SampleRecords.Index(SampleRecords.Manifest("a", kind), frames), default);

        byte[] file = upload.ToArray();
        long end = 0;
        foreach (FrameEntry frame in frames)
        {
            Assert.Equal(end, frame.Offset);
            end += frame.Length;
            using var content = new StreamReader(codec.CreateDecompressor(new MemoryStream(file, (int)frame.Offset, (int)frame.Length)));
            Assert.Equal(texts[frame.Table!.Value], await content.ReadToEndAsync());
        }

        Assert.Equal(Enumerable.Range(0, texts.Length), frames.Select(f => f.Table!.Value).Order());
        using var verifying = new VerifyingReadStream(new MemoryStream(file), frames);
        await verifying.DrainAsync(default);
        Assert.Empty(verifying.Damaged);
    }

    [Theory]
    [InlineData(DumpFrame.MaximumHeld * 2L)]
    [InlineData(2L * ByteBudget.BufferLength)]
    public async Task A_frame_too_large_for_memory_or_for_what_is_left_of_it_goes_straight_into_the_file_while_others_wait(long capacity)
    {
        var budget = new ByteBudget(capacity);
        var upload = new CountingUpload(keep: false);
        await using var writer = new DumpFileWriter(upload.AsStream(), FrameCodec.For(CompressionKind.None), level: null, budget);
        await using DumpFrame huge = writer.BeginDetachedFrame(FrameKind.Data, 0, default);
        byte[] piece = new byte[100_000];
        long written = 0;
        for (; upload.Length == 0; written += piece.Length)
            await huge.WriteAsync(piece, default);
        Assert.InRange(written, Math.Min(DumpFrame.MaximumHeld, capacity), Math.Min(DumpFrame.MaximumHeld, capacity) + 2_000_000);
        Assert.Equal(0, budget.Lent);

        await using DumpFrame other = writer.BeginDetachedFrame(FrameKind.Data, 1, default);
        await other.WriteAsync(piece, default);
        Task<FrameEntry> waiting = other.CompleteAsync(1);
        for (; written < LargeFrame; written += piece.Length)
            await huge.WriteAsync(piece, default);
        Assert.False(waiting.IsCompleted);
        FrameEntry first = await huge.CompleteAsync(1);
        FrameEntry second = await waiting;
        Assert.Equal((0, written), (first.Offset, first.Length));
        Assert.Equal((written, piece.Length), (second.Offset, second.Length));
        Assert.Equal(0, budget.Lent);
    }

    [Fact]
    public async Task Behind_half_a_frame_nothing_is_written_and_who_waits_is_cancelled()
    {
        var budget = new ByteBudget();
        var upload = new CountingUpload(keep: false);
        await using var writer = new DumpFileWriter(upload.AsStream(), FrameCodec.For(CompressionKind.None), level: null, budget);
        using var stop = new CancellationTokenSource();
        DumpFrame half = writer.BeginDetachedFrame(FrameKind.Data, 0, stop.Token);
        await half.WriteAsync(new byte[DumpFrame.MaximumHeld + 5_000_000], stop.Token);
        await using DumpFrame other = writer.BeginDetachedFrame(FrameKind.Data, 1, stop.Token);
        await other.WriteAsync(new byte[1000], stop.Token);
        long length = upload.Length;
        Assert.NotEqual(0, length);
        await half.DisposeAsync();
        Task<FrameEntry> waiting = other.CompleteAsync(1);
        Assert.False(waiting.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await other.DisposeAsync();
        Assert.Equal((length, 0), (upload.Length, budget.Lent));
        Assert.Empty(writer.Frames);
    }

    [Fact]
    public async Task A_frame_given_up_before_it_reached_the_file_leaves_no_trace()
    {
        var budget = new ByteBudget();
        await using var writer = new DumpFileWriter(new CountingUpload(keep: false).AsStream(), FrameCodec.For(CompressionKind.Gzip), level: null, budget);
        DumpFrame given = writer.BeginDetachedFrame(FrameKind.Data, 0, default);
        await given.WriteAsync(Encoding.ASCII.GetBytes(FrameCodecTests.Noise(500_000)), default);
        Assert.NotEqual(0, budget.Lent);
        await given.DisposeAsync();
        Assert.Equal((0, 0), (budget.Lent, writer.Length));
        await writer.WriteFrameAsync(FrameKind.Sequences, new byte[10], default);
        Assert.Equal(0, Assert.Single(writer.Frames).Offset);
    }

    [Fact]
    public async Task Frames_come_one_at_a_time()
    {
        await using var writer = new DumpFileWriter(new CountingUpload(keep: false).AsStream(), FrameCodec.For(CompressionKind.Gzip), level: null);
        await Assert.ThrowsAsync<InvalidOperationException>(() => writer.EndFrameAsync());
        writer.BeginFrame(FrameKind.PreData);
        Assert.Throws<InvalidOperationException>(() => writer.BeginFrame(FrameKind.PreData));
        DumpIndex index = SampleRecords.Index(SampleRecords.Manifest("a"), []);
        await Assert.ThrowsAsync<InvalidOperationException>(() => writer.CompleteAsync(index, default));
    }

    private sealed class CountingUpload(bool keep) : StorageUpload
    {
        private readonly MemoryStream _content = new();
        private long _length;

        public bool Fails { get; init; }

        /// <summary>Bytes this has allocated itself, at most.</summary>
        public long Kept => _content.Capacity * 2L;

        public override string Name => "a.sql";

        public override long Length => _length;

        public byte[] ToArray() => _content.ToArray();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            if (Fails)
                throw new IOException("No room.");
            Assert.False(data.IsEmpty);
            _length += data.Length;
            if (keep)
                _content.Write(data.Span);
            return ValueTask.CompletedTask;
        }

        public override Task<StorageEntry> CompleteAsync(CancellationToken cancellationToken) =>
            Task.FromResult(new StorageEntry(Name, _length, default));

        public override ValueTask DisposeAsync() => default;
    }
}
