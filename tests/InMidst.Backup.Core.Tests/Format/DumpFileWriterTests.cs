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
        await using (var writer = new DumpFileWriter(upload, codec, level: 1))
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
            await using var writer = new DumpFileWriter(upload, FrameCodec.For(kind), level: 3);
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
        var writer = new DumpFileWriter(upload, FrameCodec.For(kind), level: null);
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
        var writer = new DumpFileWriter(upload, FrameCodec.For(kind), level: 1);
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

    [Fact]
    public async Task Frames_come_one_at_a_time()
    {
        await using var writer = new DumpFileWriter(new CountingUpload(keep: false), FrameCodec.For(CompressionKind.Gzip), level: null);
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
