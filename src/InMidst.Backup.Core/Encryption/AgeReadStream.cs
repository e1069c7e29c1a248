using System.Buffers;
using System.Globalization;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Encryption;

/// <summary>
/// A range of plaintext, decrypted chunk by chunk. A chunk at a wrong place, a last one that is not marked as such and one with a changed
/// bit are all the same: not authentic.
/// </summary>
internal sealed class AgeReadStream : SequentialReadStream
{
    private const int ChunksOfBatch = 4;

    private readonly Stream _stored;
    private readonly ChunkCipher _cipher;
    private readonly string _name;
    private readonly byte[] _batch = ArrayPool<byte>.Shared.Rent(ChunksOfBatch * ChunkCipher.StoredChunkLength);
    private readonly byte[] _content = ArrayPool<byte>.Shared.Rent(ChunkCipher.ChunkLength);
    private BackupException? _damage;
    private bool _isReading;
    private bool _disposed;
    private int _batchOffset;
    private int _batchLength;
    private int _offset;
    private int _length;

    /// <summary>Makes the stream.</summary>
    /// <param name="stored">From the first byte of a chunk; owned.</param>
    /// <param name="cipher">Owned.</param>
    /// <param name="name">The file's name, for messages.</param>
    public AgeReadStream(Stream stored, ChunkCipher cipher, string name)
    {
        _stored = stored;
        _cipher = cipher;
        _name = name;
    }

    /// <summary>Number of the chunk that comes next.</summary>
    public required long NextChunk { get; set; }

    /// <summary>Number of the file's last chunk.</summary>
    public required long LastChunk { get; init; }

    /// <summary>Plaintext bytes of the last chunk.</summary>
    public required int LastLength { get; init; }

    /// <summary>Plaintext bytes of the first chunk that were not asked for.</summary>
    public required int Skip { get; set; }

    /// <summary>Plaintext bytes that were asked for and not read yet.</summary>
    public required long Remaining { get; set; }

    // A file without content has one chunk, which must be authentic as well.
    private bool NeedsChunk => _offset == _length && NextChunk <= LastChunk && (Remaining > 0 || (LastLength == 0 && LastChunk == 0));

    public override int Read(Span<byte> buffer)
    {
        if (NeedsChunk && !buffer.IsEmpty)
        {
            int wanted = BeginChunk();
            if (wanted > 0)
                Filled(_stored.ReadAtLeast(_batch.AsSpan(_batchLength), wanted, throwOnEndOfStream: false), wanted);
            Decrypt();
        }

        return Take(buffer);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (NeedsChunk && !buffer.IsEmpty)
        {
            int wanted = BeginChunk();
            if (wanted > 0)
            {
                int read = await _stored.ReadAtLeastAsync(_batch.AsMemory(_batchLength), wanted, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
                Filled(read, wanted);
            }

            Decrypt();
        }

        return Take(buffer.Span);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _stored.Dispose();
            _cipher.Dispose();
            ArrayPool<byte>.Shared.Return(_batch);
            ArrayPool<byte>.Shared.Return(_content);
        }

        base.Dispose(disposing);
    }

    /// <summary>Makes room for the next chunk. Returns how many bytes of it are missing.</summary>
    private int BeginChunk()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_damage is not null)
            throw _damage;

        // After a read that failed or was cancelled nobody knows where the inner stream is.
        if (_isReading)
            throw new InvalidOperationException("A read failed; nothing can follow it.");
        int missing = MissingBytes();
        if (missing > 0)
        {
            _isReading = true;
            _batch.AsSpan(_batchOffset, _batchLength - _batchOffset).CopyTo(_batch);
            (_batchOffset, _batchLength) = (0, _batchLength - _batchOffset);
        }

        return missing;
    }

    private int MissingBytes() => Math.Max(0, StoredLength() - (_batchLength - _batchOffset));

    private int StoredLength() => (NextChunk == LastChunk ? LastLength : ChunkCipher.ChunkLength) + ChunkCipher.TagLength;

    private void Filled(int read, int wanted)
    {
        _isReading = false;
        _batchLength += read;
        if (read < wanted)
            throw _damage = new BackupException(ErrorIds.BackupCorrupt, $"{_name} is cut off.", target: _name);
    }

    private void Decrypt()
    {
        int stored = StoredLength();
        int length = stored - ChunkCipher.TagLength;
        if (!_cipher.TryDecrypt(NextChunk, NextChunk == LastChunk, _batch.AsSpan(_batchOffset, stored), _content.AsSpan(0, length)))
        {
            throw _damage = new BackupException(ErrorIds.BackupCorrupt, string.Create(CultureInfo.InvariantCulture,
                $"{_name} is damaged or cut off: block {NextChunk:N0} of its encrypted content is not authentic."), target: _name);
        }

        _batchOffset += stored;
        NextChunk++;
        _offset = Skip;
        Skip = 0;
        _length = (int)Math.Min(length, _offset + Remaining);
    }

    private int Take(Span<byte> buffer)
    {
        int count = Math.Min(buffer.Length, _length - _offset);
        _content.AsSpan(_offset, count).CopyTo(buffer);
        _offset += count;
        Remaining -= count;
        return count;
    }
}
