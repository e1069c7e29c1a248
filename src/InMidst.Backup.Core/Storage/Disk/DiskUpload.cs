using System.Buffers;

namespace InMidst.Backup.Core.Storage.Disk;

/// <summary>
/// An object being written to a temporary file beside its place. The file is open for us alone until it is complete, which
/// tells others on this machine that the upload lives.
/// </summary>
internal sealed class DiskUpload : StorageUpload
{
    private const int BufferSize = 1 << 20;

    private readonly string _root;
    private readonly string _path;
    private readonly string _temporaryPath;
    private readonly PutMode _mode;
    private readonly FileStream _file;
    private byte[]? _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int _buffered;
    private long _length;
    private State _state;

    internal DiskUpload(string root, string name, string path, PutMode mode)
    {
        _root = root;
        Name = name;
        _path = path;
        _mode = mode;
        _temporaryPath = TemporaryName.For(path);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0, // we buffer ourselves, so that closing after a failure writes nothing
            Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        _file = new FileStream(_temporaryPath, options);
    }

    private enum State
    {
        Writing,
        Broken,
        Completed,
        Disposed,
    }

    public override string Name { get; }

    public override long Length => _length;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        byte[] buffer = RequireWriting();
        cancellationToken.ThrowIfCancellationRequested();
        _state = State.Broken; // what was written only in part must never be completed
        int taken = Math.Min(data.Length, _buffered == 0 && data.Length >= BufferSize ? 0 : BufferSize - _buffered);
        data[..taken].CopyTo(buffer.AsMemory(_buffered));
        _buffered += taken;
        if (_buffered == BufferSize)
            await WriteBufferAsync(buffer, cancellationToken).ConfigureAwait(false);
        ReadOnlyMemory<byte> rest = data[taken..];
        if (rest.Length >= BufferSize)
        {
            await WriteFileAsync(rest, cancellationToken).ConfigureAwait(false);
        }
        else if (rest.Length > 0)
        {
            rest.CopyTo(buffer);
            _buffered = rest.Length;
        }

        _length += data.Length;
        _state = State.Writing;
    }

    public override async Task<StorageEntry> CompleteAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = RequireWriting();
        cancellationToken.ThrowIfCancellationRequested();
        _state = State.Broken;
        await WriteBufferAsync(buffer, cancellationToken).ConfigureAwait(false);
        try
        {
            StorageEntry entry = await Task.Run(() => Publish(cancellationToken), cancellationToken).ConfigureAwait(false);
            _state = State.Completed;
            return entry;
        }
        catch (Exception exception) when (DiskErrors.IsFailure(exception))
        {
            throw DiskErrors.Translate(_root, Name, exception);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_state == State.Disposed)
            return;
        bool abandoned = _state != State.Completed;
        _state = State.Disposed;
        if (_buffer is { } buffer)
        {
            _buffer = null;
            ArrayPool<byte>.Shared.Return(buffer);
        }

        try
        {
            await _file.DisposeAsync().ConfigureAwait(false);
            if (abandoned)
                File.Delete(_temporaryPath);
        }
        catch (Exception exception) when (DiskErrors.IsFailure(exception))
        {
            // The contract: abandoning never throws. RemoveAbandonedUploadsAsync finds the file later.
        }
    }

    private byte[] RequireWriting()
    {
        ObjectDisposedException.ThrowIf(_state == State.Disposed, this);
        if (_state != State.Writing)
            throw new InvalidOperationException($"The upload of '{Name}' is completed or has failed.");
        return _buffer!;
    }

    private async ValueTask WriteBufferAsync(byte[] buffer, CancellationToken cancellationToken)
    {
        if (_buffered > 0)
            await WriteFileAsync(buffer.AsMemory(0, _buffered), cancellationToken).ConfigureAwait(false);
        _buffered = 0;
    }

    private async ValueTask WriteFileAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        try
        {
            await _file.WriteAsync(data, cancellationToken).ConfigureAwait(false);
        }
        catch (ArgumentOutOfRangeException) when (!OperatingSystem.IsWindows())
        {
            // So .NET reports EFBIG of write(2): beyond the file system's or the process's largest file.
            throw DiskErrors.Translate(_root, Name, new IOException("The file would be too large.", Errno.FileTooBig));
        }
        catch (Exception exception) when (DiskErrors.IsFailure(exception))
        {
            throw DiskErrors.Translate(_root, Name, exception);
        }
    }

    private StorageEntry Publish(CancellationToken cancellationToken)
    {
        _file.Flush(flushToDisk: true);
        _file.Dispose();
        var temporary = new FileInfo(_temporaryPath);
        if (!temporary.Exists || temporary.Length != _length)
            throw DiskErrors.UploadVanished(_root, Name, null);
        StorageEntry entry = DiskTree.EntryOf(Name, temporary);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            if (_mode != PutMode.Replace)
                NativeFiles.MoveToNewName(_temporaryPath, _path);
            else
                File.Move(_temporaryPath, _path, overwrite: true);
        }
        catch (IOException exception) when (!File.Exists(_temporaryPath))
        {
            throw DiskErrors.UploadVanished(_root, Name, exception);
        }

        FlushEntry();
        return entry;
    }

    private void FlushEntry()
    {
        try
        {
            NativeFiles.FlushDirectory(Path.GetDirectoryName(_path)!);
        }
        catch (IOException) when (_mode != PutMode.Replace)
        {
            File.Delete(_path); // a failed upload leaves the name as it was before; what was replaced cannot be had back
            throw;
        }
    }
}
