using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories.Copying;

/// <summary>An object being read from a copy: what fails in it is the copy's failure.</summary>
internal sealed class SourceStream(Stream inner) : SequentialReadStream
{
    public override int Read(Span<byte> buffer) => throw new NotSupportedException();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException e)
        {
            throw new SourceFailure(e);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
