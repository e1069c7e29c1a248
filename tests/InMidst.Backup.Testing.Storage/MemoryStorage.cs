using System.Runtime.CompilerServices;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Testing.Storage;

/// <summary>A whole storage in memory, with the same guarantees as the real ones.</summary>
public sealed class MemoryStorage : IStorage
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, StoredObject> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _pointers = new(StringComparer.Ordinal);
    private readonly HashSet<MemoryUpload> _uploads = [];
    private readonly TimeProvider _clock;
    private bool _exists;

    /// <param name="clock">The storage's clock.</param>
    /// <param name="groupsByDatabase">True behaves like S3 (a prefix for each database, no pointers), false like a disk.</param>
    /// <param name="maximumObjectLength">Longest object that a writer may make; null for any.</param>
    public MemoryStorage(TimeProvider clock, bool groupsByDatabase = false, long? maximumObjectLength = null)
    {
        _clock = clock;
        Properties = new StorageProperties("memory:", groupsByDatabase, SupportsPointers: !groupsByDatabase)
        {
            IsRemote = groupsByDatabase,
            MaximumObjectLength = maximumObjectLength,
            ResumesUploads = groupsByDatabase,
        };
    }

    public StorageProperties Properties { get; }

    /// <summary>What each pointer points at.</summary>
    public IReadOnlyDictionary<string, string> Pointers
    {
        get
        {
            lock (_gate)
                return new Dictionary<string, string>(_pointers, StringComparer.Ordinal);
        }
    }

    /// <summary>Uploads that were begun and neither completed nor disposed.</summary>
    public int UnfinishedUploads
    {
        get
        {
            lock (_gate)
                return _uploads.Count;
        }
    }

    /// <summary>Whether the root was made.</summary>
    public bool IsInitialized
    {
        get
        {
            lock (_gate)
                return _exists;
        }
    }

    public Task InitializeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
            _exists = true;
        return Task.CompletedTask;
    }

    public Task<StorageUpload> BeginPutAsync(string name, PutMode mode, CancellationToken cancellationToken)
    {
        StorageName.ValidateForWriting(name);
        return Run<StorageUpload>(() =>
        {
            if (mode != PutMode.Replace && _objects.ContainsKey(name))
                throw Exists(name);
            if (mode == PutMode.Resume && Properties.ResumesUploads)
                _uploads.RemoveWhere(candidate => candidate.Name == name); // taken over: there is nothing to spare in memory
            var upload = new MemoryUpload(this, name, mode, _clock.GetUtcNow());
            _uploads.Add(upload);
            return upload;
        }, cancellationToken);
    }

    public Task<Stream> OpenReadAsync(string name, long offset, long? length, CancellationToken cancellationToken)
    {
        StorageName.Validate(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length ?? 0);
        return Run<Stream>(() =>
        {
            if (!_objects.TryGetValue(name, out StoredObject? stored))
                throw Missing(name);
            int start = (int)Math.Min(offset, stored.Content.Length);
            int count = (int)Math.Min(length ?? long.MaxValue, stored.Content.Length - start);
            return new MemoryStream(stored.Content, start, count, writable: false);
        }, cancellationToken);
    }

    public Task<StorageEntry?> FindAsync(string name, CancellationToken cancellationToken)
    {
        StorageName.Validate(name);
        return Run(() => _objects.GetValueOrDefault(name)?.Entry, cancellationToken);
    }

    public async IAsyncEnumerable<StorageEntry> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        StorageName.ValidatePrefix(prefix);
        List<StorageEntry> entries = await Run(
            () => _objects.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
                .Select(pair => pair.Value.Entry).ToList(),
            cancellationToken);
        foreach (StorageEntry entry in entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return entry;
        }
    }

    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        StorageName.Validate(name);
        return Run(() => _objects.Remove(name), cancellationToken);
    }

    public Task SetPointerAsync(string name, string target, CancellationToken cancellationToken)
    {
        StorageName.ValidatePointer(name, target);
        return Run(() =>
        {
            if (!Properties.SupportsPointers)
                return false;
            if (!_objects.ContainsKey(target))
                throw Missing(target);
            _pointers[name] = target;
            return true;
        }, cancellationToken);
    }

    public Task DeletePointerAsync(string name, CancellationToken cancellationToken)
    {
        StorageName.ValidatePointer(name);
        return Run(() => _pointers.Remove(name), cancellationToken);
    }

    public async IAsyncEnumerable<UnfinishedUpload> ListUnfinishedUploadsAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        StorageName.ValidatePrefix(prefix);
        List<UnfinishedUpload> uploads = await Run(
            () => _uploads.Where(upload => upload.Name.StartsWith(prefix, StringComparison.Ordinal))
                .Select(upload => new UnfinishedUpload(upload.Name, upload.Token, upload.Since, upload.Length)).ToList(),
            cancellationToken);
        foreach (UnfinishedUpload upload in uploads)
            yield return upload;
    }

    public Task<bool> RemoveUnfinishedUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken) =>
        Run(() => _uploads.RemoveWhere(candidate => candidate.Token == upload.Token) > 0, cancellationToken);

    internal StorageEntry Publish(MemoryUpload upload, PutMode mode, byte[] content)
    {
        lock (_gate)
        {
            if (!_uploads.Contains(upload))
            {
                throw new StorageException(
                    ErrorIds.RepositoryUnavailable, $"The unfinished upload of '{upload.Name}' was removed.", isPermanent: false,
                    target: upload.Name);
            }

            if (mode != PutMode.Replace && _objects.ContainsKey(upload.Name))
                throw Exists(upload.Name);
            var entry = new StorageEntry(upload.Name, content.Length, _clock.GetUtcNow()) { Version = upload.Token };
            _objects[upload.Name] = new StoredObject(entry, content);
            _uploads.Remove(upload);
            return entry;
        }
    }

    internal void Abandon(MemoryUpload upload)
    {
        lock (_gate)
            _uploads.Remove(upload);
    }

    private static StorageException Exists(string name) =>
        new(ErrorIds.ObjectExists, $"'{name}' exists already.", isPermanent: true, target: name);

    private static StorageException Missing(string name) =>
        new(ErrorIds.ObjectNotFound, $"'{name}' does not exist.", isPermanent: true, target: name);

    private Task<T> Run<T>(Func<T> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (!_exists)
            {
                throw new StorageException(
                    ErrorIds.RepositoryNotFound, "The repository in memory was not initialized.", isPermanent: true);
            }

            return Task.FromResult(work());
        }
    }

    private sealed record StoredObject(StorageEntry Entry, byte[] Content);
}
