namespace InMidst.Backup.Core.Format;

/// <summary>Writes through to another stream and leaves that open when disposed.</summary>
internal sealed class LeaveOpenStream(Stream inner) : WriteOnlyStream
{
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(buffer, cancellationToken);
}
