using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Encryption;

/// <summary>
/// An encrypted file whose header was opened and is authentic. Where in the file which plaintext lies is arithmetic, so that any range
/// can be read alone.
/// </summary>
public sealed class AgeFile
{
    /// <summary>Bytes of plaintext that are proven together.</summary>
    public const int ChunkLength = ChunkCipher.ChunkLength;

    private readonly string _name;
    private readonly SecretBytes _fileKey;
    private readonly byte[] _nonce;
    private readonly long _payload;
    private readonly long _chunks;

    private AgeFile(string name, SecretBytes fileKey, byte[] nonce, long payload, long storedLength)
    {
        _name = name;
        _fileKey = fileKey;
        _nonce = nonce;
        _payload = payload;
        long stored = storedLength - payload;
        _chunks = (stored + ChunkCipher.StoredChunkLength - 1) / ChunkCipher.StoredChunkLength;
        Length = stored - (_chunks * ChunkCipher.TagLength);

        // The last chunk holds something, unless there is nothing at all.
        long last = stored - ((_chunks - 1) * ChunkCipher.StoredChunkLength);
        if (_chunks == 0 || last < ChunkCipher.TagLength || (last == ChunkCipher.TagLength && _chunks > 1))
            throw CutOff(name);
    }

    /// <summary>Bytes of the file's beginning that <see cref="Open"/> needs at most.</summary>
    public const int MaximumHeaderLength = AgeHeader.MaximumLength + AgeFileKey.NonceLength;

    /// <summary>Bytes of plaintext, if the file is whole.</summary>
    public long Length { get; }

    /// <summary>Whether a file is encrypted, by its first bytes: with age, in armor or not.</summary>
    public static bool IsEncrypted(ReadOnlySpan<byte> start) => start.StartsWith(AgeHeader.Magic) || AgeHeader.IsArmor(start);

    /// <summary>Reads a header; null when more than these bytes are needed.</summary>
    /// <param name="start">The file's first bytes; all of it, or <see cref="MaximumHeaderLength"/>, if null is no answer.</param>
    /// <param name="storedLength">Bytes of the whole file.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="identities">What can open it; needed as long as it is read.</param>
    /// <exception cref="BackupException">
    /// EncryptionKeyMissing, EncryptionKeyWrong, EncryptionNotSupported (armor, too); BackupCorrupt: not age, changed, or cut off.
    /// </exception>
    public static AgeFile? Open(ReadOnlySpan<byte> start, long storedLength, string name, AgeIdentities identities)
    {
        if (AgeHeader.IsArmor(start))
        {
            throw new BackupException(ErrorIds.EncryptionNotSupported, $"{name} is encrypted in ASCII armor, which is not read.",
                guidance: "age -d decrypts it; without -a (--armor) age writes what can be restored directly.", target: name);
        }

        if (!start.StartsWith(AgeHeader.Magic) && start.Length >= Math.Min(storedLength, AgeHeader.Magic.Length))
            throw new BackupException(ErrorIds.BackupCorrupt, $"{name} is named like an encrypted file but does not begin like one.", target: name);
        AgeHeader? header = AgeHeader.Read(start, name);
        bool isAll = start.Length >= storedLength;
        if (header is null)
            return isAll ? throw CutOff(name) : null;
        if (start.Length < header.Length + AgeFileKey.NonceLength && !isAll)
            return null;
        SecretBytes fileKey = identities.Open(header, name);
        return start.Length < header.Length + AgeFileKey.NonceLength
            ? throw CutOff(name)
            : new AgeFile(name, fileKey, start.Slice(header.Length, AgeFileKey.NonceLength).ToArray(), header.Length + AgeFileKey.NonceLength, storedLength);
    }

    /// <summary>Decrypts a small file that is in memory as a whole.</summary>
    /// <param name="file">All its bytes.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="identities">What can open it.</param>
    /// <exception cref="BackupException">As <see cref="Open"/>, and BackupCorrupt where a chunk was changed.</exception>
    public static byte[] Decrypt(byte[] file, string name, AgeIdentities identities)
    {
        AgeFile age = Open(file, file.Length, name, identities) ?? throw CutOff(name);
        byte[] content = new byte[age.Length];
        (long offset, long length) = age.StoredRange(0, age.Length);
        using Stream stream = age.Decrypt(new MemoryStream(file, (int)offset, (int)length), 0, age.Length);
        stream.ReadExactly(content);

        // The end of a file without content is authentic as well.
        return stream.ReadByte() < 0 ? content : throw CutOff(name);
    }

    /// <summary>Where the chunks lie that hold a range of plaintext.</summary>
    /// <param name="offset">First byte of plaintext.</param>
    /// <param name="length">Bytes of plaintext; with <paramref name="offset"/> not beyond the end.</param>
    public (long Offset, long Length) StoredRange(long offset, long length)
    {
        long first = FirstChunk(offset);
        long end = Math.Max(first + 1, (offset + length + ChunkCipher.ChunkLength - 1) / ChunkCipher.ChunkLength);
        long stored = Math.Min(end * ChunkCipher.StoredChunkLength, Length + (_chunks * ChunkCipher.TagLength)) - (first * ChunkCipher.StoredChunkLength);
        return (_payload + (first * ChunkCipher.StoredChunkLength), stored);
    }

    /// <summary>
    /// Decrypts a range. No byte is given away before its chunk is known to be authentic and in its place; one that is not is
    /// <see cref="ErrorIds.BackupCorrupt"/>.
    /// </summary>
    /// <param name="stored">The bytes of the file in <see cref="StoredRange"/>; owned.</param>
    /// <param name="offset">First byte of plaintext.</param>
    /// <param name="length">Bytes of plaintext.</param>
    public Stream Decrypt(Stream stored, long offset, long length)
    {
        long first = FirstChunk(offset);
        return new AgeReadStream(stored, AgeFileKey.CreatePayloadCipher(_fileKey, _nonce), _name)
        {
            NextChunk = first,
            LastChunk = _chunks - 1,
            LastLength = (int)(Length - ((_chunks - 1) * ChunkCipher.ChunkLength)),
            Skip = (int)(offset - (first * ChunkCipher.ChunkLength)),
            Remaining = length,
        };
    }

    private static BackupException CutOff(string name) => new(ErrorIds.BackupCorrupt, $"{name} is cut off.", target: name);

    // An empty range at the end belongs to the last chunk.
    private long FirstChunk(long offset) => Math.Min(offset / ChunkCipher.ChunkLength, _chunks - 1);
}
