using System.Globalization;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Format;

/// <summary>
/// The bytes of a dump as they are stored, whether in one object or, where a storage limits their size, in several: name, name.001 …
/// one after another.
/// </summary>
public sealed class StoredParts
{
    private readonly IStorage _storage;

    private StoredParts(IStorage storage, IReadOnlyList<StorageEntry> entries)
    {
        _storage = storage;
        Entries = entries;
        Length = entries.Sum(e => e.Length);
    }

    /// <summary>The objects, in order; the first has the dump's own name.</summary>
    public IReadOnlyList<StorageEntry> Entries { get; }

    /// <summary>The first object.</summary>
    public StorageEntry First => Entries[0];

    /// <summary>Bytes of all.</summary>
    public long Length { get; }

    /// <summary>Looks for the objects of a dump.</summary>
    /// <param name="storage">Where it lies.</param>
    /// <param name="name">Its object's name.</param>
    /// <param name="count">How many there must be, if a manifest tells; null to look for more until there are none.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="BackupException">ObjectNotFound; BackupCorrupt when the first is there but not the others.</exception>
    public static async Task<StoredParts> FindAsync(IStorage storage, string name, int? count, CancellationToken cancellationToken)
    {
        var entries = new List<StorageEntry>
        {
            await storage.FindAsync(name, cancellationToken).ConfigureAwait(false)
                ?? throw new StorageException(ErrorIds.ObjectNotFound, $"{storage.Properties.Location} has no {name}.", isPermanent: true, target: name),
        };
        for (int part = 1; count is null || part < count; part++)
        {
            string partName = BackupName.Part(name, part);
            StorageEntry? entry = count is null
                ? await storage.FindBesideAsync(partName, refused: null, cancellationToken).ConfigureAwait(false)
                : await storage.FindAsync(partName, cancellationToken).ConfigureAwait(false);
            if (entry is null && count is not null)
                throw new BackupException(ErrorIds.BackupCorrupt, $"{name} is incomplete: {partName} is missing.", target: name);
            if (entry is null)
                break;
            entries.Add(entry);
        }

        return new StoredParts(storage, entries);
    }

    /// <summary>What is wrong with the number and the lengths of the objects, in words; null when they are those of the manifest, or it tells none.</summary>
    public string? FindChange(BackupManifest manifest)
    {
        foreach ((StorageEntry entry, ObjectRecord expected) in Entries.Zip(manifest.DataObjects))
        {
            if (entry.Length != expected.Length)
                return string.Create(CultureInfo.InvariantCulture, $"{entry.Name} has {entry.Length:N0} bytes; its manifest says {expected.Length:N0}.");
        }

        return null;
    }

    /// <summary>Opens a range of the bytes.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Number of bytes; null for all to the end.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<Stream> OpenAsync(long offset, long? length, CancellationToken cancellationToken) =>
        OpenAsync(offset, length, hashes: null, cancellationToken);

    /// <summary>Opens all bytes and hashes them object by object as they are read.</summary>
    /// <param name="hashes">Takes what is read.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<Stream> OpenAsync(PartHashes hashes, CancellationToken cancellationToken) => OpenAsync(0, null, hashes, cancellationToken);

    /// <summary>Reads a range; what is beyond the end is left out.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Number of bytes.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<byte[]> ReadAsync(long offset, int length, CancellationToken cancellationToken)
    {
        using Stream stream = await OpenAsync(offset, length, cancellationToken).ConfigureAwait(false);
        return await ReadToEndAsync(stream, length, cancellationToken).ConfigureAwait(false);
    }

    internal static async Task<byte[]> ReadToEndAsync(Stream stream, int length, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[length];
        int read = await stream.ReadAtLeastAsync(bytes, length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return bytes[..read];
    }

    // One object needs nothing in between, and is opened at once: that it is gone shows here.
    private async Task<Stream> OpenAsync(long offset, long? length, PartHashes? hashes, CancellationToken cancellationToken) =>
        Entries.Count == 1 && hashes is null
            ? await _storage.OpenReadAsync(First.Name, offset, length, cancellationToken).ConfigureAwait(false)
            : await JoinedReadStream.OpenAsync(_storage, Entries, offset, length, hashes, cancellationToken).ConfigureAwait(false);
}
