namespace InMidst.Backup.Core.Storage.Disk;

/// <summary>A dump in a file of any name.</summary>
public sealed class SingleFileStorage : SingleDumpStorage
{
    private readonly string _directory;

    /// <summary>Makes the storage.</summary>
    /// <param name="absolutePath">The file.</param>
    public SingleFileStorage(string absolutePath)
        : base(
            Path.GetFileName(absolutePath),
            new StorageProperties(Path.GetDirectoryName(absolutePath)!, GroupsByDatabase: false, SupportsPointers: false)) =>
        _directory = Properties.Location;

    private protected override Task<Stream> OpenPartAsync(string name, long offset, long? length, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return Task.FromResult<Stream>(DiskReadStream.Open(_directory, name, Path.Combine(_directory, name), offset, length));
        }
        catch (Exception exception) when (DiskErrors.IsFailure(exception))
        {
            throw DiskErrors.Translate(_directory, name, exception);
        }
    }

    private protected override Task<StorageEntry?> FindPartAsync(string name, CancellationToken cancellationToken)
    {
        var file = new FileInfo(Path.Combine(_directory, name));
        return Task.FromResult(file.Exists ? DiskTree.EntryOf(name, file) : null);
    }
}
