namespace InMidst.Backup.Core.Storage.Disk;

/// <summary>A range of a file for sequential reading, whose failures are StorageExceptions.</summary>
internal sealed class DiskReadStream(string root, string name, FileStream file, long? length) : Stream
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

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

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

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

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

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

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
