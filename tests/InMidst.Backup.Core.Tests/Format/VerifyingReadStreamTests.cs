using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Core.Tests.Format;

public sealed class VerifyingReadStreamTests
{
    public static TheoryData<CompressionKind> Kinds => FrameCodecTests.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_undamaged_dump_has_no_damage(CompressionKind kind)
    {
        SampleDump dump = await SampleDump.WriteAsync(kind);
        byte[] bytes = await dump.ReadAsync();
        foreach (int readSize in (int[])[1, 3, 64, int.MaxValue])
        {
            using var verifying = new VerifyingReadStream(new SlowStream(bytes, readSize), dump.Index.Frames);
            Assert.Equal(dump.Index.Frames.Count, verifying.Unread);
            await verifying.DrainAsync(default);
            Assert.Empty(verifying.Damaged);
            Assert.Equal(0, verifying.Unread);
            Assert.Equal(bytes.Length, verifying.Position);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_changed_byte_damages_exactly_the_frame_it_is_in(CompressionKind kind)
    {
        SampleDump dump = await SampleDump.WriteAsync(kind);
        byte[] bytes = await dump.ReadAsync();
        foreach (FrameEntry frame in dump.Index.Frames)
        {
            foreach (long at in (long[])[frame.Offset, frame.Offset + (frame.Length / 2), frame.Offset + frame.Length - 1])
            {
                byte[] damaged = [.. bytes];
                damaged[at] ^= 0x40;
                using var verifying = new VerifyingReadStream(new SlowStream(damaged, 5), dump.Index.Frames);
                await verifying.DrainAsync(default);
                Assert.Equal([frame], verifying.Damaged);
            }
        }
    }

    [Fact]
    public async Task Frames_behind_the_end_of_the_file_stay_unread()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip);
        byte[] bytes = await dump.ReadAsync();
        FrameEntry third = dump.Index.Frames[2];
        using var verifying = new VerifyingReadStream(new SlowStream(bytes[..(int)(third.Offset + third.Length - 1)], 10), dump.Index.Frames);
        await verifying.DrainAsync(default);
        Assert.Equal(dump.Index.Frames.Count - 2, verifying.Unread);
        Assert.Empty(verifying.Damaged);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_is_stored_is_summed_with_and_without_an_index(CompressionKind kind)
    {
        SampleDump dump = await SampleDump.WriteAsync(kind);
        DumpFile file = await dump.OpenAsync();
        foreach (IReadOnlyList<FrameEntry> frames in (IReadOnlyList<FrameEntry>[])[dump.Index.Frames, []])
        {
            using VerifyingReadStream verifying = await file.OpenVerifyingAsync(frames, default);
            Assert.Empty(verifying.Objects);
            await verifying.DrainAsync(default);
            Assert.Equal(dump.Manifest.Objects, verifying.Objects);
        }
    }

    [Fact]
    public async Task It_may_be_read_in_any_way()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.None);
        byte[] bytes = await dump.ReadAsync();
        using var verifying = new VerifyingReadStream(new MemoryStream(bytes), dump.Index.Frames);
        byte[] read = new byte[bytes.Length];
        read[0] = (byte)verifying.ReadByte();
        verifying.ReadExactly(read, 1, 100);
        verifying.ReadExactly(read.AsSpan(101, 100));
        await verifying.ReadExactlyAsync(read.AsMemory(201, 50));
        Assert.Equal(bytes[..251], read[..251]);
        await verifying.DrainAsync(default);
        Assert.Equal(0, verifying.Unread);
        Assert.Empty(verifying.Damaged);
    }
}
