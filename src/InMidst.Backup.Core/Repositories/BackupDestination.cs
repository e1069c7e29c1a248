using System.Security.Cryptography;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>One of the repositories into which a backup is being written: its locks, its objects, and whether it still takes part.</summary>
public sealed class BackupDestination
{
    // A repository that is down must not hold up the others for long when it is given up.
    private static readonly TimeSpan CleanUpAtMost = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _clock;
    private readonly Action<string> _warn;
    private readonly List<ObjectRecord> _objects = [];
    private string? _dataName;
    private string? _globalsName;

    internal BackupDestination(IStorage storage, TimeProvider clock, Action<string> warn)
    {
        Storage = storage;
        _clock = clock;
        _warn = warn;
    }

    /// <summary>The repository.</summary>
    public IStorage Storage { get; }

    /// <summary>Why it takes no part any more; null while it does.</summary>
    public BackupException? Failure { get; internal set; }

    /// <summary>The dump's object, or its first part.</summary>
    public StorageEntry? Data { get; private set; }

    /// <summary>What was written so far, data first.</summary>
    public IReadOnlyList<ObjectRecord> Objects => _objects;

    /// <summary>SHA-256 of the whole data; null before it is complete.</summary>
    public string? DataSha256 { get; private set; }

    internal RepositoryLock? SeriesLock { get; set; }

    internal RepositoryLock? NameLock { get; set; }

    internal PartedUpload? Upload { get; set; }

    /// <summary>The backup as it lies here; null before it exists.</summary>
    internal BackupRecord? Published { get; private set; }

    /// <summary>The name of the dump's object.</summary>
    public string DataName => _dataName ?? throw new InvalidOperationException("No id is reserved.");

    /// <summary>Notes in the lock what will be written, so that the next run knows what to remove should this one die.</summary>
    /// <param name="database">The database.</param>
    /// <param name="fileName">Name of the dump, without a prefix.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task NameAsync(string database, string fileName, CancellationToken cancellationToken)
    {
        _dataName = BackupName.Prefix(Storage.Properties, database) + fileName;
        _globalsName = BackupName.Globals(_dataName);
        await SeriesLock!.SetWritingAsync([_dataName, _globalsName], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes the file with roles and tablespaces.</summary>
    /// <param name="content">The whole file.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task WriteGlobalsAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        StorageEntry entry = await Storage.PutAsync(_globalsName!, content, PutMode.CreateNew, cancellationToken).ConfigureAwait(false);
        _objects.Add(new ObjectRecord(ObjectRecord.Globals, entry.Name, entry.Length, Convert.ToHexStringLower(SHA256.HashData(content.Span))));
    }

    /// <summary>Makes the backup exist here.</summary>
    /// <param name="manifest">What is known of it; where its objects lie is filled in.</param>
    /// <param name="cancellationToken">Cancels.</param>
    internal async Task PublishAsync(BackupManifest manifest, CancellationToken cancellationToken)
    {
        manifest = manifest with { Objects = [.. _objects], Sha256 = _objects.Count(o => o.Role == ObjectRecord.Data) > 1 ? DataSha256 : null };
        await WriteManifestAsync(manifest, cancellationToken).ConfigureAwait(false);
        Published = new BackupRecord
        {
            Id = manifest.Id,
            Storage = Storage,
            Data = Data!,
            Manifest = manifest,
            Database = manifest.Series.Database,
            Started = manifest.Started,
        };
    }

    internal void SetData(StorageEntry first, IReadOnlyList<ObjectRecord> objects, string sha256)
    {
        Data = first;
        DataSha256 = sha256;
        _objects.Clear();
        _objects.AddRange(objects);
    }

    /// <summary>Gives up data that are not complete. Of what is written in several objects some may be there already, in the way of another attempt.</summary>
    internal async Task AbandonUploadAsync()
    {
        if (await EndUploadAsync().ConfigureAwait(false))
            await DiscardAsync().ConfigureAwait(false);
    }

    /// <summary>Removes what is not a backup, and then releases the locks.</summary>
    internal async Task LeaveAsync()
    {
        await EndUploadAsync().ConfigureAwait(false);
        if (Published is null && _dataName is not null)
            await DiscardAsync().ConfigureAwait(false);
        if (NameLock is not null)
            await NameLock.DisposeAsync().ConfigureAwait(false);
        if (SeriesLock is not null)
            await SeriesLock.DisposeAsync().ConfigureAwait(false);
        NameLock = null;
        SeriesLock = null;
    }

    /// <summary>Others may take the lock over some time after it is lost, and remove the data: no manifest must come after that.</summary>
    private async Task WriteManifestAsync(BackupManifest manifest, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, SeriesLock!.Lost);
        try
        {
            await SeriesLock.EnsureHeldAsync(stop.Token).ConfigureAwait(false);
            await new BackupRepository(Storage, _warn).WriteManifestAsync(DataName, manifest, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            SeriesLock.ThrowIfLost();
            throw;
        }
    }

    /// <returns>Whether objects of it are left.</returns>
    private async Task<bool> EndUploadAsync()
    {
        if (Upload is not { } upload)
            return false;
        Upload = null;
        await upload.DisposeAsync().ConfigureAwait(false);
        return Data is null && upload.HasObjects;
    }

    /// <summary>
    /// In reverse: a manifest that was written although the storage said no must go before what it describes. Where it cannot be
    /// removed the rest stays too, and is a whole backup if the manifest is there.
    /// </summary>
    private async Task DiscardAsync()
    {
        using var limit = new CancellationTokenSource(CleanUpAtMost, _clock);
        try
        {
            foreach (StorageEntry entry in await StoredObjects.FindAsync(Storage, DataName, limit.Token).ConfigureAwait(false))
                await Storage.DeleteAsync(entry.Name, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StorageException or OperationCanceledException)
        {
            _warn($"What the failed backup left in {Storage.Properties.Location} could not be removed; the next run will: {e.Message}");
        }
    }
}
