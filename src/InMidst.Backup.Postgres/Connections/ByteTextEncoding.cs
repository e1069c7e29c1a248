using System.Collections.Concurrent;
using System.Text;

namespace InMidst.Backup.Postgres.Connections;

/// <summary>
/// The text encoding of one byte-text connection: UTF-8 while it is being opened, one char per byte afterwards. The names in the
/// start-up message must be UTF-8, and Npgsql counts their length as such whatever encoding it then writes them in; with Latin-1 from
/// the beginning a database named ö would leave the server waiting for the missing byte.
/// </summary>
internal sealed class ByteTextEncoding : Encoding, IDisposable
{
    // Npgsql finds encodings by name only.
    private static readonly ConcurrentDictionary<string, ByteTextEncoding> Opening = new(StringComparer.Ordinal);

    private readonly string _name = "midst-" + Guid.NewGuid().ToString("N");
    private volatile Encoding _inner = UTF8;

    static ByteTextEncoding() => RegisterProvider(new Provider());

    /// <summary>Makes an encoding that Npgsql can find until it is disposed.</summary>
    public ByteTextEncoding() => Opening[_name] = this;

    /// <summary>What to call it in a connection string.</summary>
    public override string WebName => _name;

    /// <summary>From now on a char is a byte.</summary>
    public void UseBytes() => _inner = Latin1;

    /// <summary>The connection has it, or was not made: nobody looks for it any more.</summary>
    public void Dispose() => Opening.TryRemove(_name, out _);

    /// <inheritdoc/>
    public override int GetByteCount(char[] chars, int index, int count) => _inner.GetByteCount(chars, index, count);

    /// <inheritdoc/>
    public override int GetByteCount(ReadOnlySpan<char> chars) => _inner.GetByteCount(chars);

    /// <inheritdoc/>
    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        _inner.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    /// <inheritdoc/>
    public override int GetBytes(ReadOnlySpan<char> chars, Span<byte> bytes) => _inner.GetBytes(chars, bytes);

    /// <inheritdoc/>
    public override int GetCharCount(byte[] bytes, int index, int count) => _inner.GetCharCount(bytes, index, count);

    /// <inheritdoc/>
    public override int GetCharCount(ReadOnlySpan<byte> bytes) => _inner.GetCharCount(bytes);

    /// <inheritdoc/>
    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        _inner.GetChars(bytes, byteIndex, byteCount, chars, charIndex);

    /// <inheritdoc/>
    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars) => _inner.GetChars(bytes, chars);

    /// <inheritdoc/>
    public override int GetMaxByteCount(int charCount) => UTF8.GetMaxByteCount(charCount);

    /// <inheritdoc/>
    public override int GetMaxCharCount(int byteCount) => UTF8.GetMaxCharCount(byteCount);

    private sealed class Provider : EncodingProvider
    {
        public override Encoding? GetEncoding(int codepage) => null;

        public override Encoding? GetEncoding(string name) => Opening.GetValueOrDefault(name);

        // The base class would clone it, and the clone would never be told to use bytes.
        public override Encoding? GetEncoding(string name, EncoderFallback encoderFallback, DecoderFallback decoderFallback) => GetEncoding(name);
    }
}
