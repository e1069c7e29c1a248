using System.Buffers.Binary;
using InMidst.Backup.Postgres.Protocol;

namespace InMidst.Backup.Postgres.Tests.Protocol;

/// <summary>Rows on their way from the receive buffer to the caller.</summary>
public sealed class WireReadingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(7, 100_000)]
    [InlineData(100, 70_001)]
    [InlineData(5_000, 4_096)]
    [InlineData(400_000, 1_000_000)]
    [InlineData(400_000, 10_000)]
    public async Task Rows_of_any_length_pass_whole_through_buffers_of_any_length(int rowLength, int bufferLength)
    {
        byte[] wire = Rows(rowLength, 3_000_000 / rowLength, out byte[] expected);
        await using WireCopyOut rows = Open(new MemoryStream(wire));
        byte[] actual = new byte[expected.Length];
        int at = 0;
        byte[] buffer = new byte[bufferLength];
        for (int read; (read = await rows.ReadAsync(buffer, Token)) > 0; at += read)
            buffer.AsSpan(0, read).CopyTo(actual.AsSpan(at));
        Assert.Equal(expected.Length, at);
        Assert.True(expected.AsSpan().SequenceEqual(actual));
    }

    [Fact]
    public async Task Who_is_cancelled_after_the_other_direction_was_is_told_that_and_not_of_a_broken_connection()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await using var link = new WireLink(new MemoryStream());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => link.WriteAsync(new byte[1], cancelled.Token).AsTask());
        Assert.True(link.IsBroken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => link.ReadAsync(new byte[1], cancelled.Token).AsTask());
        await Assert.ThrowsAsync<Npgsql.NpgsqlException>(() => link.ReadAsync(new byte[1], Token).AsTask());
    }

    [Fact]
    public async Task Reading_rows_allocates_nothing_for_them()
    {
        byte[] wire = Rows(100, 100_000, out byte[] expected);
        byte[] buffer = new byte[64 * 1024];
        await using WireCopyOut rows = Open(new MemoryStream(wire));
        Assert.True(await rows.ReadAsync(buffer, Token) > 0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        long read = 0;
        // All of it is there, so that nothing is awaited and the thread stays the same.
        while (read < expected.Length / 2)
            read += await rows.ReadAsync(buffer, Token);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);
        while (await rows.ReadAsync(buffer, Token) > 0)
        {
            // To its end, or it would ask the server to stop.
        }
    }

    private static WireCopyOut Open(Stream wire) => new(new WireSession(new WireLink(wire)) { IsLoggedIn = true }, () => Task.CompletedTask, () => { });

    private static byte[] Rows(int length, int count, out byte[] data)
    {
        byte[] end = [.. FakeServer.Message('c'), .. FakeServer.Message('C', "COPY 1\0"), .. FakeServer.Ready];
        byte[] wire = new byte[((length + 5) * count) + end.Length];
        data = new byte[length * count];
        new Random(1).NextBytes(data);
        for (int row = 0; row < count; row++)
        {
            Span<byte> message = wire.AsSpan(row * (length + 5));
            message[0] = (byte)'d';
            BinaryPrimitives.WriteInt32BigEndian(message[1..], length + 4);
            data.AsSpan(row * length, length).CopyTo(message[5..]);
        }

        end.CopyTo(wire, wire.Length - end.Length);
        return wire;
    }
}
