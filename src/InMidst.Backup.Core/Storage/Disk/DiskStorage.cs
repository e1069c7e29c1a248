using System.Runtime.CompilerServices;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Storage.Disk;

/// <summary>
/// A repository in a directory. Objects are files, written under a temporary name, flushed, renamed, and the directory
/// flushed; files are made for their owner only (0600, directories 0700). All databases lie side by side.
/// </summary>
public sealed class DiskStorage : IStorage
{
    private readonly DiskTree _tree;

    /// <summary>Makes the driver; touches nothing.</summary>
    /// <param name="absoluteRoot">The directory, as an absolute path. It may be missing; <see cref="InitializeAsync"/> makes it.</param>
    public DiskStorage(string absoluteRoot)
    {
        if (!Path.IsPathFullyQualified(absoluteRoot))
        {
            throw new StorageException(
                ErrorIds.InvalidArgument, $"The repository '{absoluteRoot}' is not an absolute path.", isPermanent: true);
        }

        string root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(absoluteRoot));
        _tree = new DiskTree(root);
        Properties = new StorageProperties(root, GroupsByDatabase: false, SupportsPointers: true);
    }

    /// <inheritdoc/>
    public StorageProperties Properties { get; }

    /// <inheritdoc/>
    public Task InitializeAsync(CancellationToken cancellationToken) => RunAsync(null, () =>
    {
        if (DiskErrors.FileOnTheWay(_tree.Root) is not null)
            throw DiskErrors.NoRepository(_tree.Root);
        DiskDirectories.Create(_tree.Root);
        return true;
    }, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>
    /// Never makes the root: of a network share that is not mounted nothing must be written to the mount point.
    /// When the directory cannot be flushed after a Replace, the error is thrown though the new object is visible.
    /// </remarks>
    public Task<StorageUpload> BeginPutAsync(string name, PutMode mode, CancellationToken cancellationToken)
    {
        StorageName.ValidateForWriting(name);
        return RunAsync<StorageUpload>(name, () =>
        {
            _tree.RequireRoot();
            if (_tree.PassesThroughLink(name))
                throw DiskErrors.ThroughLink(_tree.Root, name);
            string path = _tree.PathOf(name);
            if (mode != PutMode.Replace && Path.Exists(path))
                throw DiskErrors.Exists(_tree.Root, name);
            DiskDirectories.Create(Path.GetDirectoryName(path)!);
            return new DiskUpload(_tree.Root, name, path, mode);
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(string name, long offset, long? length, CancellationToken cancellationToken)
    {
        StorageName.Validate(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length ?? 0, nameof(length));
        return RunAsync<Stream>(name, () =>
        {
            _tree.RequireRoot();
            FileInfo file = _tree.FindFile(name) ?? throw DiskErrors.NoObject(_tree.Root, name);
            return DiskReadStream.Open(_tree.Root, name, file.FullName, offset, length);
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<StorageEntry?> FindAsync(string name, CancellationToken cancellationToken)
    {
        StorageName.Validate(name);
        return RunAsync(name, () =>
        {
            _tree.RequireRoot();
            return _tree.FindFile(name) is { } file ? DiskTree.EntryOf(name, file) : null;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StorageEntry> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        StorageName.ValidatePrefix(prefix);
        List<StorageEntry> entries = await RunAsync(
            null, () => _tree.List(prefix, cancellationToken), cancellationToken).ConfigureAwait(false);
        foreach (StorageEntry entry in entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return entry;
        }
    }

    /// <inheritdoc/>
    /// <remarks>The removal is durable when the task has ended, so deletions survive a power cut in their order.</remarks>
    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        StorageName.Validate(name);
        return RunAsync(name, () =>
        {
            _tree.RequireRoot();
            if (_tree.FindFile(name) is not { } file)
                return false;
            file.Delete();
            NativeFiles.FlushDirectory(file.DirectoryName!);
            return true;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task SetPointerAsync(string name, string target, CancellationToken cancellationToken)
    {
        StorageName.ValidatePointer(name, target);
        return RunAsync(name, () =>
        {
            _tree.RequireRoot();
            FileInfo file = _tree.FindFile(target) ?? throw DiskErrors.NoObject(_tree.Root, target);
            DiskPointer.Set(_tree.Root, name, _tree.PathOf(name), file.FullName);
            return true;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task DeletePointerAsync(string name, CancellationToken cancellationToken)
    {
        StorageName.ValidatePointer(name);
        return RunAsync(name, () =>
        {
            _tree.RequireRoot();
            if (!_tree.PassesThroughLink(name))
                DiskPointer.Delete(_tree.PathOf(name));
            return true;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>Uploads that a living process of this machine has open are left out.</remarks>
    public async IAsyncEnumerable<UnfinishedUpload> ListUnfinishedUploadsAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        StorageName.ValidatePrefix(prefix);
        List<UnfinishedUpload> uploads = await RunAsync(
            null, () => _tree.ListTemporary(prefix, cancellationToken), cancellationToken).ConfigureAwait(false);
        foreach (UnfinishedUpload upload in uploads)
            yield return upload;
    }

    /// <inheritdoc/>
    public Task<bool> RemoveUnfinishedUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken) =>
        RunAsync(upload.Name, () => _tree.RemoveTemporary(upload.Token), cancellationToken);

    private Task<T> RunAsync<T>(string? name, Func<T> work, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            try
            {
                return work();
            }
            catch (Exception exception) when (DiskErrors.IsFailure(exception))
            {
                throw DiskErrors.Translate(_tree.Root, name, exception);
            }
        },
        cancellationToken);
}
