using System.Buffers.Binary;
using System.Text;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>Reads the fields of a message, and never past its end.</summary>
internal ref struct MessageBody(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>What has not been read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public byte ReadByte() => Take(1)[0];

    public int ReadInt32() => BinaryPrimitives.ReadInt32BigEndian(Take(sizeof(int)));

    public int ReadInt16() => BinaryPrimitives.ReadInt16BigEndian(Take(sizeof(short)));

    /// <summary>Reads a text that ends in a zero byte.</summary>
    public string ReadString(Encoding encoding)
    {
        int end = _rest.IndexOf((byte)0);
        if (end < 0)
            throw WireFailure.Violation("A text in a message of the server does not end.");
        string text = encoding.GetString(_rest[..end]);
        _rest = _rest[(end + 1)..];
        return text;
    }

    /// <summary>Reads a number of bytes.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _rest.Length)
            throw WireFailure.Violation("A message of the server ends inside a field.");
        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
