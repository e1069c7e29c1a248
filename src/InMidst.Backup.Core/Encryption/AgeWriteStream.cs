using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Core.Encryption;

/// <summary>
/// Encrypts what is written into it, in the age format. Holds two buffers of fixed size, whatever is written. Only
/// <see cref="CompleteAsync"/> ends the file; without it what was written is known to be cut off when it is read.
/// </summary>
public sealed class AgeWriteStream : WriteOnlyStream
{
    private const int ChunksOfBatch = 16;

    private readonly Stream _destination;
    private readonly ChunkCipher _cipher;

    // The last whole chunk waits here until it is known whether more follow: the last one is marked.
    private readonly byte[] _pending = new byte[ChunkCipher.ChunkLength];
    private readonly byte[] _batch;
    private int _pendingLength;
    private int _batchLength;
    private long _chunks;
    private bool _completed;
    private bool _isBroken;

    /// <summary>Makes the stream. With a passphrase this takes about a second and 256 MiB.</summary>
    /// <param name="destination">Where the encrypted bytes go, in large writes; left open.</param>
    /// <param name="recipients">Who can open it; one at least.</param>
    /// <exception cref="BackupException">InvalidArgument: a passphrase beside others.</exception>
    public AgeWriteStream(Stream destination, IReadOnlyList<AgeRecipient> recipients)
    {
        ArgumentOutOfRangeException.ThrowIfZero(recipients.Count, nameof(recipients));
        AgeRecipient.Check(recipients);
        _destination = destination;
        using SecretBytes fileKey = SecretBytes.Random(AgeHeader.FileKeyLength);
        using SecretBytes nonce = SecretBytes.Random(AgeFileKey.NonceLength);
        byte[] header = AgeHeader.Make(recipients.DistinctBy(r => r.ToString()).Select(r => r.Wrap(fileKey)), fileKey);
        _batch = new byte[Math.Max(ChunksOfBatch * ChunkCipher.StoredChunkLength, header.Length + nonce.Length + ChunkCipher.StoredChunkLength)];
        header.CopyTo(_batch, 0);
        nonce.Span.CopyTo(_batch.AsSpan(header.Length));
        _batchLength = header.Length + nonce.Length;
        _cipher = AgeFileKey.CreatePayloadCipher(fileKey, nonce.Span);
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_completed, this);
        while (!buffer.IsEmpty)
        {
            if (_pendingLength == ChunkCipher.ChunkLength)
            {
                await AddChunkAsync(_pending, isLast: false, cancellationToken).ConfigureAwait(false);
                _pendingLength = 0;
            }

            // Whole chunks that others follow need not be copied.
            while (_pendingLength == 0 && buffer.Length > ChunkCipher.ChunkLength)
            {
                await AddChunkAsync(buffer[..ChunkCipher.ChunkLength], isLast: false, cancellationToken).ConfigureAwait(false);
                buffer = buffer[ChunkCipher.ChunkLength..];
            }

            int count = Math.Min(buffer.Length, ChunkCipher.ChunkLength - _pendingLength);
            buffer[..count].CopyTo(_pending.AsMemory(_pendingLength));
            _pendingLength += count;
            buffer = buffer[count..];
        }
    }

    /// <summary>Writes the last chunk. Nothing can be written afterwards.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_completed, this);
        await AddChunkAsync(_pending.AsMemory(0, _pendingLength), isLast: true, cancellationToken).ConfigureAwait(false);
        _completed = true;
        await SendAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _completed = true;
            _cipher.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask AddChunkAsync(ReadOnlyMemory<byte> content, bool isLast, CancellationToken cancellationToken)
    {
        int length = content.Length + ChunkCipher.TagLength;
        if (_batchLength + length > _batch.Length)
            await SendAsync(cancellationToken).ConfigureAwait(false);
        _cipher.Encrypt(_chunks++, isLast, content.Span, _batch.AsSpan(_batchLength, length));
        _batchLength += length;
    }

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        // After a write that failed nobody knows how much of it arrived.
        if (_isBroken)
            throw new InvalidOperationException("A write failed; nothing can follow it.");
        _isBroken = true;
        await _destination.WriteAsync(_batch.AsMemory(0, _batchLength), cancellationToken).ConfigureAwait(false);
        _batchLength = 0;
        _isBroken = false;
    }
}
