using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Format;

/// <summary>
/// A dump as one range of bytes in which its frames lie: the objects it is stored in are joined, and what is encrypted is decrypted. Any
/// part of it can be read alone, by several at once.
/// </summary>
public sealed class StoredDump
{
    private const int ProbeLength = 64 * 1024;

    private readonly AgeFile? _age;

    // Of an encrypted dump the last chunk is read anyway, and the next thing anybody reads is in it.
    private byte[] _end = [];

    private StoredDump(StoredParts stored, AgeFile? age)
    {
        Stored = stored;
        _age = age;
    }

    /// <summary>What is stored.</summary>
    public StoredParts Stored { get; }

    /// <summary>Name of the dump, which is that of its first object.</summary>
    public string Name => Stored.First.Name;

    /// <summary>Bytes, decrypted.</summary>
    public long Length => _age?.Length ?? Stored.Length;

    /// <summary>Whether what is stored is encrypted.</summary>
    public bool IsEncrypted => _age is not null;

    /// <summary>Opens a dump: of an encrypted one header and end are shown to be authentic.</summary>
    /// <param name="stored">What is stored.</param>
    /// <param name="identities">What opens it if it is encrypted; not owned, and needed as long as it is read.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="BackupException">EncryptionKeyMissing, EncryptionKeyWrong, EncryptionNotSupported; BackupCorrupt: changed or cut off.</exception>
    public static async Task<StoredDump> OpenAsync(StoredParts stored, AgeIdentities identities, CancellationToken cancellationToken)
    {
        string name = stored.First.Name;
        byte[] start = await stored.ReadAsync(0, ProbeLength, cancellationToken).ConfigureAwait(false);
        if (!IsEncryptedDump(name, start))
            return new StoredDump(stored, age: null);
        AgeFile? age = AgeFile.Open(start, stored.Length, name, identities);
        if (age is null)
        {
            start = await stored.ReadAsync(0, AgeFile.MaximumHeaderLength, cancellationToken).ConfigureAwait(false);
            age = AgeFile.Open(start, stored.Length, name, identities)
                ?? throw new BackupException(ErrorIds.BackupCorrupt, $"{name} is damaged: its encryption header does not end.", target: name);
        }

        var dump = new StoredDump(stored, age);

        // A file that is cut at the end of a chunk has the right lengths: only the mark of its last chunk is missing.
        long end = Math.Max(0, age.Length - 1) / AgeFile.ChunkLength * AgeFile.ChunkLength;
        dump._end = await dump.ReadAsync(end, AgeFile.ChunkLength, cancellationToken).ConfigureAwait(false);
        return dump;
    }

    /// <summary>Whether the first bytes or the name of a dump say that it is encrypted.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="start">Its first bytes.</param>
    public static bool IsEncryptedDump(string name, ReadOnlySpan<byte> start) =>
        AgeFile.IsEncrypted(start) || name.EndsWith(BackupName.EncryptedSuffix, StringComparison.OrdinalIgnoreCase);

    /// <summary>Opens a range. What is beyond the end is left out. Of an encrypted dump no byte is given away before it is authenticated.</summary>
    /// <param name="offset">First byte, from 0.</param>
    /// <param name="length">Number of bytes; null for all to the end.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="BackupException">Also while reading: BackupCorrupt where something encrypted was changed.</exception>
    public async Task<Stream> OpenAsync(long offset, long? length, CancellationToken cancellationToken)
    {
        if (_age is null)
            return await Stored.OpenAsync(offset, length, cancellationToken).ConfigureAwait(false);
        offset = Math.Min(offset, Length);
        long count = Math.Min(length ?? long.MaxValue, Length - offset);
        long end = Length - _end.Length;
        if (offset >= end && _end.Length > 0)
            return new MemoryStream(_end, (int)(offset - end), (int)count, writable: false);
        (long storedOffset, long storedLength) = _age.StoredRange(offset, count);
        return _age.Decrypt(await Stored.OpenAsync(storedOffset, storedLength, cancellationToken).ConfigureAwait(false), offset, count);
    }

    /// <summary>Opens all of it, and hashes the objects it is stored in as they are read.</summary>
    /// <param name="hashes">Takes what is read.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<Stream> OpenAsync(PartHashes hashes, CancellationToken cancellationToken)
    {
        Stream stored = await Stored.OpenAsync(hashes, cancellationToken).ConfigureAwait(false);
        if (_age is null)
            return stored;
        (long offset, _) = _age.StoredRange(0, Length);
        byte[] header = new byte[offset];
        int read = await stored.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return read == header.Length
            ? _age.Decrypt(stored, 0, Length)
            : throw new BackupException(ErrorIds.BackupCorrupt, $"{Name} is cut off.", target: Name);
    }

    /// <summary>Reads a range; what is beyond the end is left out.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Number of bytes.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<byte[]> ReadAsync(long offset, int length, CancellationToken cancellationToken)
    {
        using Stream stream = await OpenAsync(offset, length, cancellationToken).ConfigureAwait(false);
        return await StoredParts.ReadToEndAsync(stream, length, cancellationToken).ConfigureAwait(false);
    }
}
