using System.Security.Cryptography;

namespace InMidst.Backup.Core.Format;

/// <summary>Length and SHA-256 of each object of a dump, taken while they are read from their beginning to their end.</summary>
public sealed class PartHashes : IDisposable
{
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<ObjectRecord> _objects = [];
    private long _length;

    /// <summary>The objects that were read to their ends.</summary>
    public IReadOnlyList<ObjectRecord> Objects => _objects;

    /// <inheritdoc/>
    public void Dispose() => _sha256.Dispose();

    internal void Take(ReadOnlySpan<byte> data)
    {
        _sha256.AppendData(data);
        _length += data.Length;
    }

    internal void End(string name)
    {
        _objects.Add(new ObjectRecord(ObjectRecord.Data, name, _length, Convert.ToHexStringLower(_sha256.GetHashAndReset())));
        _length = 0;
    }
}
