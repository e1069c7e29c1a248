using System.Collections.Concurrent;
using System.Text;

namespace InMidst.Backup.Postgres.Connections;

/// <summary>
/// The encoding of one connection: UTF-8 until it is open, one char for one byte afterwards. Npgsql counts the length of the startup
/// message in UTF-8 whatever the encoding is, and the message holds names of the role and the database: in another encoding a name with
/// an umlaut leaves the server waiting for bytes that never come.
/// </summary>
internal sealed class ByteTextEncoding : Encoding, IDisposable
{
    private const string Prefix = "midst-bytes-";

    private static readonly ConcurrentDictionary<string, ByteTextEncoding> Opening = new(StringComparer.Ordinal);
    private static readonly Encoding Bytes = GetEncoding("iso-8859-1", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);

    private volatile Encoding _current = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    // Npgsql takes an encoding by its name only.
    static ByteTextEncoding() => RegisterProvider(new Provider());

    /// <summary>Makes the encoding of a connection that is about to be opened, findable by its name until it is disposed.</summary>
    public ByteTextEncoding() => Opening[Name] = this;

    /// <summary>The name to give to Npgsql.</summary>
    public string Name { get; } = Prefix + Guid.NewGuid().ToString("N");

    /// <summary>From now on a char is a byte.</summary>
    public void SwitchToBytes() => _current = Bytes;

    /// <summary>Takes the name back; the connection that found the encoding keeps it.</summary>
    public void Dispose() => Opening.TryRemove(Name, out _);

    /// <inheritdoc/>
    public override int GetByteCount(char[] chars, int index, int count) => _current.GetByteCount(chars, index, count);

    /// <inheritdoc/>
    public override int GetByteCount(string s) => _current.GetByteCount(s);

    /// <inheritdoc/>
    public override int GetByteCount(ReadOnlySpan<char> chars) => _current.GetByteCount(chars);

    /// <inheritdoc/>
    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        _current.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    /// <inheritdoc/>
    public override int GetBytes(ReadOnlySpan<char> chars, Span<byte> bytes) => _current.GetBytes(chars, bytes);

    /// <inheritdoc/>
    public override int GetCharCount(byte[] bytes, int index, int count) => _current.GetCharCount(bytes, index, count);

    /// <inheritdoc/>
    public override int GetCharCount(ReadOnlySpan<byte> bytes) => _current.GetCharCount(bytes);

    /// <inheritdoc/>
    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        _current.GetChars(bytes, byteIndex, byteCount, chars, charIndex);

    /// <inheritdoc/>
    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars) => _current.GetChars(bytes, chars);

    /// <inheritdoc/>
    public override string GetString(byte[] bytes, int index, int count) => _current.GetString(bytes, index, count);

    /// <inheritdoc/>
    public override int GetMaxByteCount(int charCount) => UTF8.GetMaxByteCount(charCount);

    /// <inheritdoc/>
    public override int GetMaxCharCount(int byteCount) => UTF8.GetMaxCharCount(byteCount);

    private sealed class Provider : EncodingProvider
    {
        public override Encoding? GetEncoding(int codepage) => null;

        // Npgsql asks again for the connection by which it cancels a statement, which sends no text.
        public override Encoding? GetEncoding(string name) =>
            name.StartsWith(Prefix, StringComparison.Ordinal) ? Opening.TryGetValue(name, out ByteTextEncoding? own) ? own : Bytes : null;

        // The default makes a clone, which would never hear of the switch.
        public override Encoding? GetEncoding(string name, EncoderFallback encoderFallback, DecoderFallback decoderFallback) => GetEncoding(name);
    }
}
