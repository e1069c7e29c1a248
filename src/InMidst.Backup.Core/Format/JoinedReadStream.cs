using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Format;

/// <summary>A range of the bytes of several objects, one after another; each is opened when its turn comes.</summary>
internal sealed class JoinedReadStream : SequentialReadStream
{
    private readonly IStorage _storage;
    private readonly IReadOnlyList<StorageEntry> _parts;
    private readonly PartHashes? _hashes;
    private readonly CancellationToken _cancellationToken;
    private Stream? _current;
    private int _part;
    private long _offset;
    private long _remaining;
    private bool _isHashed;

    private JoinedReadStream(
        IStorage storage, IReadOnlyList<StorageEntry> parts, long offset, long remaining, PartHashes? hashes, CancellationToken cancellationToken)
    {
        _storage = storage;
        _parts = parts;
        _offset = offset;
        _remaining = remaining;
        _hashes = hashes;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Opens a range.</summary>
    /// <param name="storage">Where the objects lie.</param>
    /// <param name="parts">The objects.</param>
    /// <param name="offset">First byte, counted over all of them.</param>
    /// <param name="length">Number of bytes; null for all.</param>
    /// <param name="hashes">Takes what is read; null for nothing.</param>
    /// <param name="cancellationToken">Cancels the opening, also of what is opened while reading synchronously.</param>
    public static async Task<Stream> OpenAsync(
        IStorage storage, IReadOnlyList<StorageEntry> parts, long offset, long? length, PartHashes? hashes, CancellationToken cancellationToken)
    {
        var stream = new JoinedReadStream(storage, parts, offset, length ?? long.MaxValue, hashes, cancellationToken);
        while (stream._part < parts.Count - 1 && stream._offset >= parts[stream._part].Length)
            stream._offset -= parts[stream._part++].Length;
        stream._current = await stream.OpenPartAsync(cancellationToken).ConfigureAwait(false);
        return stream;
    }

    public override int Read(Span<byte> buffer)
    {
        buffer = buffer[..(int)Math.Min(buffer.Length, _remaining)];
        while (_current is not null && !buffer.IsEmpty)
        {
            int read = _current.Read(buffer);
            Take(buffer[..read]);
            if (read > 0)
                return read;
            if (EndPart())
                _current = OpenPartAsync(_cancellationToken).GetAwaiter().GetResult();
        }

        return 0;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        buffer = buffer[..(int)Math.Min(buffer.Length, _remaining)];
        while (_current is not null && !buffer.IsEmpty)
        {
            int read = await _current.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            Take(buffer.Span[..read]);
            if (read > 0)
                return read;
            if (EndPart())
                _current = await OpenPartAsync(cancellationToken).ConfigureAwait(false);
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _current?.Dispose();
        base.Dispose(disposing);
    }

    private Task<Stream> OpenPartAsync(CancellationToken cancellationToken)
    {
        _isHashed = false;
        return _storage.OpenReadAsync(
            _parts[_part].Name, _offset, Math.Min(Math.Max(0, _parts[_part].Length - _offset), _remaining), cancellationToken);
    }

    private void Take(ReadOnlySpan<byte> data)
    {
        _offset += data.Length;
        _remaining -= data.Length;
        _hashes?.Take(data);

        // Who knows how much there is does not ask for more after the last byte.
        if (_offset == _parts[_part].Length)
            EndHash();
    }

    private void EndHash()
    {
        if (!_isHashed)
            _hashes?.End(_parts[_part].Name);
        _isHashed = true;
    }

    /// <summary>Leaves an object that was read to its end; false after the last.</summary>
    private bool EndPart()
    {
        StorageEntry part = _parts[_part];
        EndHash();
        _current!.Dispose();
        _current = null;
        if (_part == _parts.Count - 1)
            return false;

        // What follows would be taken for what is missing here.
        if (_offset < part.Length)
            throw new BackupException(ErrorIds.BackupCorrupt, $"{part.Name} ends before its end: it was changed while it was read.", target: part.Name);
        _part++;
        _offset = 0;
        return true;
    }
}
