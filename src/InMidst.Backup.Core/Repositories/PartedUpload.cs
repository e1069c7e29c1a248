using System.Security.Cryptography;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>The data of a backup in one repository: one object, or as many as its longest object demands.</summary>
internal sealed class PartedUpload(BackupDestination destination) : IAsyncDisposable
{
    private readonly List<ObjectRecord> _complete = [];
    private readonly long _longest = destination.Storage.Properties.MaximumObjectLength ?? long.MaxValue;
    private IncrementalHash? _ownHash; // of every object but the first, whose hash is that of all so far
    private StorageUpload? _current;
    private StorageEntry? _first;

    /// <summary>Whether objects of it are complete.</summary>
    public bool HasObjects => _complete.Count > 0;

    /// <summary>Bytes that still go into the present object.</summary>
    public long Room => _longest - _current!.Length;

    public async Task BeginAsync(CancellationToken cancellationToken) =>
        _current = await destination.Storage.BeginPutAsync(
            BackupName.Part(destination.DataName, _complete.Count), PutMode.CreateNew, cancellationToken).ConfigureAwait(false);

    /// <summary>Takes no more than there is <see cref="Room"/> for.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
    {
        _ownHash?.AppendData(piece.Span);
        return _current!.WriteAsync(piece, cancellationToken);
    }

    /// <summary>Goes on to the next object if the present one has no room.</summary>
    /// <param name="sha256SoFar">Of all bytes so far.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task BeginNextWhenFullAsync(string sha256SoFar, CancellationToken cancellationToken)
    {
        if (Room > 0)
            return;
        await EndObjectAsync(sha256SoFar, cancellationToken).ConfigureAwait(false);
        _ownHash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await BeginAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Completes the last object, and tells the destination of all.</summary>
    /// <param name="sha256">Of all bytes.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task CompleteAsync(string sha256, CancellationToken cancellationToken)
    {
        await EndObjectAsync(sha256, cancellationToken).ConfigureAwait(false);
        destination.SetData(_first!, _complete, sha256);
    }

    public async ValueTask DisposeAsync()
    {
        if (_current is not null)
            await _current.DisposeAsync().ConfigureAwait(false);
        _ownHash?.Dispose();
    }

    private async Task EndObjectAsync(string sha256SoFar, CancellationToken cancellationToken)
    {
        StorageEntry entry = await _current!.CompleteAsync(cancellationToken).ConfigureAwait(false);
        await _current.DisposeAsync().ConfigureAwait(false);
        _current = null;
        _first ??= entry;
        string sha256 = _ownHash is null ? sha256SoFar : Convert.ToHexStringLower(_ownHash.GetHashAndReset());
        _complete.Add(new ObjectRecord(ObjectRecord.Data, entry.Name, entry.Length, sha256));
    }
}
