using System.Security.Cryptography;
using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Format;

/// <summary>A dump in a repository: recognised, and opened for reading. Any plain dump, ours or pg_dump's.</summary>
public sealed class DumpFile
{
    /// <summary>A line of the header that only our dumps have, followed by the format's number.</summary>
    public const string Signature = "-- InMidst.Backup dump, format ";

    // A foreign file whose last bytes happen to look like a tail must not make us allocate what it says.
    private const long MaximumIndexLength = 1L << 30;
    private const int ProbeLength = 4096;

    private readonly IStorage _storage;

    private DumpFile(IStorage storage, StorageEntry entry, FrameCodec codec, int? format, IndexLocation? index)
    {
        _storage = storage;
        Entry = entry;
        Codec = codec;
        Format = format;
        Index = index;
    }

    /// <summary>The file.</summary>
    public StorageEntry Entry { get; }

    /// <summary>Its compression, by its first bytes.</summary>
    public FrameCodec Codec { get; }

    /// <summary>Format version when the dump is ours, else null.</summary>
    public int? Format { get; }

    /// <summary>Where the index lies; null when the file is not ours or its end is missing.</summary>
    public IndexLocation? Index { get; }

    /// <summary>True for a dump written by this product, complete or not.</summary>
    public bool IsOurs => Format is not null;

    /// <summary>Looks at a file's beginning and end. <see cref="ErrorIds.ObjectNotFound"/> when there is none.</summary>
    public static async Task<DumpFile> OpenAsync(IStorage storage, string name, CancellationToken cancellationToken)
    {
        StorageEntry entry = await storage.FindAsync(name, cancellationToken).ConfigureAwait(false)
            ?? throw new StorageException(ErrorIds.ObjectNotFound, $"{storage.Properties.Location} has no {name}.", isPermanent: true, target: name);
        byte[] start = await ReadRangeAsync(storage, name, 0, 4, cancellationToken).ConfigureAwait(false);
        FrameCodec codec = FrameCodec.Detect(start);
        int? format = await ProbeFormatAsync(storage, name, codec, cancellationToken).ConfigureAwait(false);
        IndexLocation? index = null;
        int tailLength = DumpTail.FrameLength(codec);
        if (entry.Length >= tailLength)
        {
            byte[] tail = await ReadRangeAsync(storage, name, entry.Length - tailLength, tailLength, cancellationToken).ConfigureAwait(false);
            index = DumpTail.Parse(codec, tail);
            if (index is not null && (index.Length > MaximumIndexLength || index.Offset + index.Length + tailLength != entry.Length))
                index = null;
        }

        // A dump whose first frame is damaged is still ours by its tail, and its index then says which frame it is.
        return new DumpFile(storage, entry, codec, format ?? (index is null ? null : BackupManifest.CurrentFormat), index);
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
        byte[] bytes = await ReadRangeAsync(_storage, Entry.Name, location.Offset, (int)location.Length, cancellationToken).ConfigureAwait(false);
        if (Convert.ToHexStringLower(SHA256.HashData(bytes)) != location.Sha256)
            throw new BackupException(ErrorIds.BackupCorrupt, $"The index of {Entry.Name} is damaged.", target: Entry.Name);
        try
        {
            using Stream text = Codec.CreateDecompressor(new MemoryStream(bytes));
            return IndexText.Read(text, Entry.Name);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new BackupException(ErrorIds.BackupCorrupt, $"The index of {Entry.Name} is damaged: {e.Message}", e, target: Entry.Name);
        }
    }

    /// <summary>Opens the whole file as it is stored.</summary>
    public Task<Stream> OpenStoredAsync(CancellationToken cancellationToken) =>
        _storage.OpenReadAsync(Entry.Name, 0, null, cancellationToken);

    /// <summary>Opens the SQL script. Damage shows as InvalidDataException or EndOfStreamException while reading.</summary>
    public async Task<Stream> OpenScriptAsync(CancellationToken cancellationToken) =>
        Codec.CreateDecompressor(await OpenStoredAsync(cancellationToken).ConfigureAwait(false));

    private static async Task<int?> ProbeFormatAsync(
        IStorage storage, string name, FrameCodec codec, CancellationToken cancellationToken)
    {
        byte[] start = new byte[ProbeLength];
        int length = 0;
        try
        {
            Stream stored = await storage.OpenReadAsync(name, 0, null, cancellationToken).ConfigureAwait(false);
            using Stream script = codec.CreateDecompressor(stored);
            int read;
            while (length < ProbeLength && (read = await script.ReadAsync(start.AsMemory(length), cancellationToken).ConfigureAwait(false)) > 0)
                length += read;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            // What came before the damage still tells whose dump it is; whoever reads on gets the error.
        }

        string text = Encoding.Latin1.GetString(start, 0, length);
        int at = text.IndexOf(Signature, StringComparison.Ordinal);
        if (at < 0)
            return null;
        int end = at + Signature.Length;
        int digits = end;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
            digits++;
        return int.TryParse(text.AsSpan(end, digits - end), out int format) ? format : null;
    }

    private static async Task<byte[]> ReadRangeAsync(
        IStorage storage, string name, long offset, int length, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[length];
        using Stream stream = await storage.OpenReadAsync(name, offset, length, cancellationToken).ConfigureAwait(false);
        int read = await stream.ReadAtLeastAsync(bytes, length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return bytes[..read];
    }
}
