using System.Security.Cryptography;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Core.Repositories;

/// <summary>
/// The data of one backup on its way into all its repositories: encrypted once, hashed once, and split where a repository's objects may
/// not be longer. The slowest repository sets the pace; one that fails is dropped. Disposing abandons what is not complete.
/// </summary>
public sealed class BackupUpload : IAsyncDisposable
{
    private readonly BackupDestinations _destinations;
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly AgeWriteStream? _encryption;

    private BackupUpload(BackupDestinations destinations, IReadOnlyList<AgeRecipient> recipients)
    {
        _destinations = destinations;
        var spread = new SpreadStream(this);
        _encryption = recipients.Count == 0 ? null : new AgeWriteStream(spread, recipients);
        Stream = _encryption ?? (Stream)spread;
    }

    /// <summary>Takes the bytes of the dump, asynchronously only.</summary>
    public Stream Stream { get; }

    /// <summary>Begins it in all repositories.</summary>
    /// <param name="destinations">The repositories; they have their names.</param>
    /// <param name="recipients">For whom it is encrypted; nobody, and it is not.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task<BackupUpload> BeginAsync(
        BackupDestinations destinations, IReadOnlyList<AgeRecipient> recipients, CancellationToken cancellationToken)
    {
        var upload = new BackupUpload(destinations, recipients);
        try
        {
            await destinations.EachAsync(destination =>
            {
                destination.Upload = new PartedUpload(destination);
                return destination.Upload.BeginAsync(cancellationToken);
            }).ConfigureAwait(false);
            return upload;
        }
        catch
        {
            await upload.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes the data durable in all repositories, each of which then has its objects noted.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        if (_encryption is not null)
            await _encryption.CompleteAsync(cancellationToken).ConfigureAwait(false);
        string sha256 = Convert.ToHexStringLower(_sha256.GetCurrentHash());
        await _destinations.EachAsync(destination => destination.Upload!.CompleteAsync(sha256, cancellationToken)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_encryption is not null)
            await _encryption.DisposeAsync().ConfigureAwait(false);
        foreach (BackupDestination destination in _destinations.Living)
            await destination.AbandonUploadAsync().ConfigureAwait(false);
        _sha256.Dispose();
    }

    /// <summary>Cuts what comes at the ends of objects, so that a first object's hash is that of the whole stream up to there.</summary>
    private async ValueTask SpreadAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (!data.IsEmpty)
        {
            long room = _destinations.Living.Min(destination => destination.Upload!.Room);
            if (room == 0)
            {
                string sha256 = Convert.ToHexStringLower(_sha256.GetCurrentHash());
                await _destinations.EachAsync(destination => destination.Upload!.BeginNextWhenFullAsync(sha256, cancellationToken)).ConfigureAwait(false);
                continue;
            }

            ReadOnlyMemory<byte> piece = data[..(int)Math.Min(room, data.Length)];
            _sha256.AppendData(piece.Span);
            await _destinations.EachAsync(destination => WriteAsync(destination, piece, cancellationToken)).ConfigureAwait(false);
            data = data[piece.Length..];
        }
    }

    private static Task WriteAsync(BackupDestination destination, ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
    {
        destination.SeriesLock?.ThrowIfLost();
        return destination.Upload!.WriteAsync(piece, cancellationToken).AsTask();
    }

    private sealed class SpreadStream(BackupUpload upload) : WriteOnlyStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            upload.SpreadAsync(buffer, cancellationToken);
    }
}
