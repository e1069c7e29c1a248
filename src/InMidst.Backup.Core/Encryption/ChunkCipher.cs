using System.Buffers.Binary;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using ManagedChaCha20Poly1305 = Org.BouncyCastle.Crypto.Modes.ChaCha20Poly1305;

namespace InMidst.Backup.Core.Encryption;

/// <summary>
/// ChaCha20-Poly1305 over numbered chunks. The system's where it has it, which is several times as fast; Windows 10 and Server 2019 do
/// not. For one thread at a time.
/// </summary>
internal abstract class ChunkCipher : IDisposable
{
    /// <summary>Plaintext bytes of every chunk but the last.</summary>
    public const int ChunkLength = 64 * 1024;

    /// <summary>Bytes that a chunk's proof adds.</summary>
    public const int TagLength = 16;

    /// <summary>Bytes of a chunk as it is stored.</summary>
    public const int StoredChunkLength = ChunkLength + TagLength;

    private const int NonceLength = 12;
    private const int CounterOffset = 3;

    private readonly byte[] _nonce = new byte[NonceLength];

    private protected ReadOnlySpan<byte> Nonce => _nonce;

    /// <summary>The cipher.</summary>
    /// <param name="key">32 bytes; a copy is kept until it is disposed.</param>
    public static ChunkCipher Create(SecretBytes key) => ChaCha20Poly1305.IsSupported ? new SystemCipher(key) : new ManagedCipher(key);

    /// <summary>The one that needs nothing of the system.</summary>
    internal static ChunkCipher CreateManaged(SecretBytes key) => new ManagedCipher(key);

    /// <summary>Encrypts a chunk.</summary>
    /// <param name="index">Its number, from 0.</param>
    /// <param name="isLast">Whether it is the last.</param>
    /// <param name="content">Its plaintext.</param>
    /// <param name="stored">Filled; longer by <see cref="TagLength"/>.</param>
    public void Encrypt(long index, bool isLast, ReadOnlySpan<byte> content, Span<byte> stored)
    {
        SetNonce(index, isLast);
        EncryptCore(content, stored);
    }

    /// <summary>Decrypts a chunk; false, and nothing of it given away, unless it is the one with this number and mark.</summary>
    /// <param name="index">Its number, from 0.</param>
    /// <param name="isLast">Whether it is the last.</param>
    /// <param name="stored">The chunk.</param>
    /// <param name="content">Filled; shorter by <see cref="TagLength"/>.</param>
    public bool TryDecrypt(long index, bool isLast, ReadOnlySpan<byte> stored, Span<byte> content)
    {
        SetNonce(index, isLast);
        return TryDecryptCore(stored, content);
    }

    public abstract void Dispose();

    private protected abstract void EncryptCore(ReadOnlySpan<byte> content, Span<byte> stored);

    private protected abstract bool TryDecryptCore(ReadOnlySpan<byte> stored, Span<byte> content);

    // Eleven bytes of counter, of which eight are enough for ever, and the mark of the last chunk.
    private void SetNonce(long index, bool isLast)
    {
        BinaryPrimitives.WriteInt64BigEndian(_nonce.AsSpan(CounterOffset), index);
        _nonce[^1] = isLast ? (byte)1 : (byte)0;
    }

    private sealed class SystemCipher(SecretBytes key) : ChunkCipher
    {
        private readonly ChaCha20Poly1305 _cipher = new(key.Span);

        public override void Dispose() => _cipher.Dispose();

        private protected override void EncryptCore(ReadOnlySpan<byte> content, Span<byte> stored) =>
            _cipher.Encrypt(Nonce, content, stored[..content.Length], stored[content.Length..]);

        private protected override bool TryDecryptCore(ReadOnlySpan<byte> stored, Span<byte> content)
        {
            try
            {
                _cipher.Decrypt(Nonce, stored[..^TagLength], stored[^TagLength..], content);
                return true;
            }
            catch (AuthenticationTagMismatchException)
            {
                return false;
            }
        }
    }

    private sealed class ManagedCipher : ChunkCipher
    {
        private readonly SecretBytes _key;

        public ManagedCipher(SecretBytes key) => _key = new SecretBytes(key.Span);

        public override void Dispose() => _key.Dispose();

        private protected override void EncryptCore(ReadOnlySpan<byte> content, Span<byte> stored) => Run(forEncryption: true, content, stored);

        private protected override bool TryDecryptCore(ReadOnlySpan<byte> stored, Span<byte> content)
        {
            try
            {
                Run(forEncryption: false, stored, content);
                return true;
            }
            catch (InvalidCipherTextException)
            {
                content.Clear();
                return false;
            }
        }

        private void Run(bool forEncryption, ReadOnlySpan<byte> input, Span<byte> output)
        {
            var cipher = new ManagedChaCha20Poly1305();
            cipher.Init(forEncryption, new ParametersWithIV(new KeyParameter(_key.Span), Nonce));
            int length = cipher.ProcessBytes(input, output);
            cipher.DoFinal(output[length..]);
        }
    }
}
