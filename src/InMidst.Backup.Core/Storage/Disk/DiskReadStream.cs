namespace InMidst.Backup.Core.Storage.Disk;

/// <summary>A range of a file for sequential reading, whose failures are StorageExceptions.</summary>
internal sealed class DiskReadStream(string root, string name, FileStream file, long? length) : SequentialReadStream
{
    private long _remaining = length ?? long.MaxValue;

    /// <summary>Opens a file; its writer and its remover are not kept out. Failures are those of the file system.</summary>
    public static DiskReadStream Open(string root, string name, string path, long offset, long? length)
    {
        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Open,
            Access = FileAccess.Read,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 1 << 17,
            Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
        });
        file.Position = offset;
        return new DiskReadStream(root, name, file, length);
    }

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return Took(file.Read(buffer[..Allowed(buffer.Length)]));
        }
        catch (Exception exception) when (DiskErrors.IsFailure(exception))
        {
            throw DiskErrors.Translate(root, name, exception);
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return Took(await file.ReadAsync(buffer[..Allowed(buffer.Length)], cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception) when (DiskErrors.IsFailure(exception))
        {
            throw DiskErrors.Translate(root, name, exception);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await file.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }

    private int Allowed(int count) => (int)Math.Min(count, _remaining);

    private int Took(int count)
    {
        _remaining -= count;
        return count;
    }
}
