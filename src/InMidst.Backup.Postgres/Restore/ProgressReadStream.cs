using InMidst.Backup.Core;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>Reports how much of a dump has been read. Disposing leaves the inner stream open: a decompressor may own this one.</summary>
internal sealed class ProgressReadStream(Stream inner, LoadProgress progress) : SequentialReadStream
{
    public override int Read(Span<byte> buffer) => Advance(inner.Read(buffer));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Advance(await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));

    private int Advance(int count)
    {
        progress.Advance(count);
        return count;
    }
}
