using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Format;

/// <summary>A dump in a repository: recognised, and opened for reading. Any plain dump, ours or pg_dump's.</summary>
public sealed class DumpFile
{
    /// <summary>
    /// How our dumps begin, and no others: pg_dump has an empty line where the format's number follows here. What stands further
    /// down in a file is somebody's data and proves nothing.
    /// </summary>
    public const string Signature = "--\n-- PostgreSQL database dump\n--\n-- InMidst.Backup dump, format ";

    // A foreign file whose last bytes happen to look like a tail must not make us allocate what it says.
    private const long MaximumIndexLength = 1L << 30;
    private const int ProbeLength = 64 * 1024;
    private const int MaximumFormatDigits = 10;

    private readonly StoredDump _dump;

    private DumpFile(StoredDump dump, FrameCodec codec, int? format, IndexLocation? index)
    {
        _dump = dump;
        Codec = codec;
        Format = format;
        Index = index;
    }

    /// <summary>The file; the first, where the dump is stored in several.</summary>
    public StorageEntry Entry => _dump.Stored.First;

    /// <summary>Bytes of all frames: as they are stored, but decrypted.</summary>
    public long Length => _dump.Length;

    /// <summary>Whether it is stored encrypted.</summary>
    public bool IsEncrypted => _dump.IsEncrypted;

    /// <summary>Its compression, by its first bytes.</summary>
    public FrameCodec Codec { get; }

    /// <summary>Format version when the dump is ours, else null.</summary>
    public int? Format { get; }

    /// <summary>Where the index lies; null when the file is not ours or its end is missing.</summary>
    public IndexLocation? Index { get; }

    /// <summary>True for a dump written by this product, complete or not.</summary>
    public bool IsOurs => Format is not null;

    /// <inheritdoc cref="OpenAsync(IStorage, string, AgeIdentities, CancellationToken)"/>
    public static Task<DumpFile> OpenAsync(IStorage storage, string name, CancellationToken cancellationToken) =>
        OpenAsync(storage, name, AgeIdentities.None, cancellationToken);

    /// <summary>Looks at a dump's beginning and end, in however many objects it is stored.</summary>
    /// <param name="storage">Where it lies.</param>
    /// <param name="name">Its object's name.</param>
    /// <param name="identities">What opens it if it is encrypted; not owned, and needed as long as the file is read.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="BackupException">ObjectNotFound, and what <see cref="StoredDump.OpenAsync(StoredParts, AgeIdentities, CancellationToken)"/> says.</exception>
    public static async Task<DumpFile> OpenAsync(IStorage storage, string name, AgeIdentities identities, CancellationToken cancellationToken) =>
        await OpenAsync(await StoredParts.FindAsync(storage, name, count: null, cancellationToken).ConfigureAwait(false), identities, cancellationToken)
            .ConfigureAwait(false);

    /// <summary>Looks at a dump's beginning and end.</summary>
    /// <param name="stored">What is stored of it.</param>
    /// <param name="identities">What opens it if it is encrypted; not owned, and needed as long as the file is read.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="BackupException">What <see cref="StoredDump.OpenAsync(StoredParts, AgeIdentities, CancellationToken)"/> says.</exception>
    public static async Task<DumpFile> OpenAsync(StoredParts stored, AgeIdentities identities, CancellationToken cancellationToken)
    {
        StoredDump dump = await StoredDump.OpenAsync(stored, identities, cancellationToken).ConfigureAwait(false);
        byte[] start = await dump.ReadAsync(0, ProbeLength, cancellationToken).ConfigureAwait(false);
        FrameCodec codec = FrameCodec.Detect(start);
        int? format = FindFormat(codec, start);
        IndexLocation? index = null;
        int tailLength = DumpTail.FrameLength(codec);
        if (dump.Length >= tailLength)
        {
            byte[] tail = await dump.ReadAsync(dump.Length - tailLength, tailLength, cancellationToken).ConfigureAwait(false);
            index = DumpTail.Parse(codec, tail);
            if (index is not null && (index.Length > MaximumIndexLength || index.Offset + index.Length + tailLength != dump.Length))
                index = null;
        }

        // A dump whose first frame is damaged is still ours by its tail, and its index then says which frame it is.
        return new DumpFile(dump, codec, format ?? (index is null ? null : BackupManifest.CurrentFormat), index);
    }

    /// <summary>Reads and checks the index. <see cref="ErrorIds.BackupCorrupt"/> when it is missing or damaged.</summary>
    public async Task<DumpIndex> ReadIndexAsync(CancellationToken cancellationToken)
    {
        if (Format > BackupManifest.CurrentFormat)
        {
            throw new BackupException(ErrorIds.FormatTooNew,
                $"{Entry.Name} has format {Format}; this version reads up to {BackupManifest.CurrentFormat}.", target: Entry.Name);
        }

        IndexLocation location = Index
            ?? throw new BackupException(ErrorIds.BackupCorrupt, $"{Entry.Name} is incomplete: its end is missing.", target: Entry.Name);
        byte[] bytes = await _dump.ReadAsync(location.Offset, (int)location.Length, cancellationToken).ConfigureAwait(false);
        if (Convert.ToHexStringLower(SHA256.HashData(bytes)) != location.Sha256)
            throw new BackupException(ErrorIds.BackupCorrupt, $"The index of {Entry.Name} is damaged.", target: Entry.Name);
        try
        {
            using Stream text = Codec.CreateDecompressor(new MemoryStream(bytes));
            DumpIndex index = IndexText.Read(text, Entry.Name);
            CheckFrames(index.Frames, location.Offset);
            return index;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new BackupException(ErrorIds.BackupCorrupt, $"The index of {Entry.Name} is damaged: {e.Message}", e, target: Entry.Name);
        }
    }

    /// <summary>Opens all frames as they are stored, but decrypted.</summary>
    public Task<Stream> OpenStoredAsync(CancellationToken cancellationToken) => _dump.OpenAsync(0, null, cancellationToken);

    /// <summary>Opens all frames for reading and checking in one pass: the objects they are stored in are hashed as well.</summary>
    /// <param name="frames">The frames to check; empty for a file without an index.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<VerifyingReadStream> OpenVerifyingAsync(IReadOnlyList<FrameEntry> frames, CancellationToken cancellationToken)
    {
        var hashes = new PartHashes();
        return new VerifyingReadStream(await _dump.OpenAsync(hashes, cancellationToken).ConfigureAwait(false), frames, hashes);
    }

    /// <summary>Opens one frame as it is stored, but decrypted, without reading any other.</summary>
    public Task<Stream> OpenFrameAsync(FrameEntry frame, CancellationToken cancellationToken) =>
        _dump.OpenAsync(frame.Offset, frame.Length, cancellationToken);

    /// <summary>Opens the SQL script. Damage shows as InvalidDataException or EndOfStreamException while reading.</summary>
    public async Task<Stream> OpenScriptAsync(CancellationToken cancellationToken) =>
        Codec.CreateDecompressor(await OpenStoredAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>
    /// Whether the script ends as ours do though the file does not: somebody decompressed it or compressed it again, which moves
    /// everything the index tells. Reads the whole file; false for one that is cut or damaged.
    /// </summary>
    public async Task<bool> IsWholeScriptAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[ProbeLength];
        int kept = 0;
        try
        {
            using Stream script = await OpenScriptAsync(cancellationToken).ConfigureAwait(false);
            int read;
            while ((read = await script.ReadAsync(buffer.AsMemory(kept), cancellationToken).ConfigureAwait(false)) > 0)
            {
                int length = kept + read;
                kept = Math.Min(length, DumpTail.ContentLength);
                buffer.AsSpan(length - kept, kept).CopyTo(buffer);
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            return false;
        }

        return DumpTail.ParseText(buffer.AsSpan(0, kept)) is not null;
    }

    // A byte between two frames would be checked by nobody.
    private static void CheckFrames(IReadOnlyList<FrameEntry> frames, long end)
    {
        long next = 0;
        foreach (FrameEntry frame in frames)
        {
            if (frame.Offset != next || frame.Length < 0)
                throw new InvalidDataException($"a frame is said to begin at {frame.Offset} instead of {next}.");
            next += frame.Length;
        }

        if (next != end)
            throw new InvalidDataException($"the frames end at {next} instead of {end}.");
    }

    private static int? FindFormat(FrameCodec codec, byte[] start)
    {
        byte[] text = new byte[Signature.Length + MaximumFormatDigits + 1];
        int length = 0;
        try
        {
            using Stream script = codec.CreateDecompressor(new MemoryStream(start));
            int read;
            while (length < text.Length && (read = script.Read(text, length, text.Length - length)) > 0)
                length += read;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            // A file that is cut or damaged further on is still told by what could be read of its beginning.
        }

        ReadOnlySpan<byte> found = text.AsSpan(0, length);
        if (!found.StartsWith(Encoding.ASCII.GetBytes(Signature)))
            return null;
        ReadOnlySpan<byte> number = found[Signature.Length..];
        int digits = number.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits >= 0)
            number = number[..digits];

        // A number too long for us is a format too new for us.
        return number.IsEmpty ? null : int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int format) ? format : int.MaxValue;
    }
}
