using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text;

namespace InMidst.Backup.Core.Encryption;

/// <summary>Key material: bytes the garbage collector does not copy about, overwritten when disposed.</summary>
internal sealed class SecretBytes : IDisposable
{
    private readonly byte[] _bytes;
    private bool _disposed;

    public SecretBytes(int length) => _bytes = GC.AllocateArray<byte>(length, pinned: true);

    public SecretBytes(ReadOnlySpan<byte> content)
        : this(content.Length) => content.CopyTo(_bytes);

    // Whoever forgets one leaves it until here.
    ~SecretBytes() => CryptographicOperations.ZeroMemory(_bytes);

    public int Length => _bytes.Length;

    public Span<byte> Span => Array;

    /// <summary>The bytes themselves, for libraries that take nothing else.</summary>
    public byte[] Array
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _bytes;
        }
    }

    /// <summary>Random bytes.</summary>
    public static SecretBytes Random(int length)
    {
        var secret = new SecretBytes(length);
        RandomNumberGenerator.Fill(secret.Span);
        return secret;
    }

    /// <summary>The text of a SecureString in UTF-8; no managed string of it is made.</summary>
    public static SecretBytes FromText(SecureString text)
    {
        nint unicode = Marshal.SecureStringToGlobalAllocUnicode(text);
        try
        {
            unsafe
            {
                var characters = new ReadOnlySpan<char>((void*)unicode, text.Length);
                var secret = new SecretBytes(Encoding.UTF8.GetByteCount(characters));
                Encoding.UTF8.GetBytes(characters, secret.Span);
                return secret;
            }
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(unicode);
        }
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        _disposed = true;
        GC.SuppressFinalize(this);
    }
}
