using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), as PostgreSQL has it: the user's name stays empty.</summary>
internal sealed class Scram : IDisposable
{
    /// <summary>
    /// Iterations that are computed at most: seconds of work. Servers use 4096; one that names more than this wants us busy.
    /// </summary>
    public const int MostIterations = 10_000_000;

    private const int NonceBytes = 18;

    private readonly byte[] _password;
    private readonly string _header;
    private readonly byte[] _binding;
    private readonly string _nonce;
    private byte[] _serverSignature = [];

    /// <summary>Begins.</summary>
    /// <param name="password">The password; SASLprep is done here.</param>
    /// <param name="header">The GS2 header: what of channel binding there is.</param>
    /// <param name="binding">What the proof is bound to, or null.</param>
    /// <param name="nonce">For tests: what is random otherwise.</param>
    public Scram(string password, string header, byte[]? binding, string? nonce = null)
    {
        _password = Encoding.UTF8.GetBytes(SaslPrep.Prepare(password));
        (_header, _binding) = (header, binding ?? []);
        _nonce = nonce ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceBytes));
    }

    private string FirstBare => "n=,r=" + _nonce;

    /// <summary>client-first-message.</summary>
    public byte[] ClientFirst() => Encoding.ASCII.GetBytes(_header + FirstBare);

    /// <summary>Answers server-first-message with client-final-message.</summary>
    /// <exception cref="ScramException">The server's message is none, or not an answer to ours.</exception>
    public byte[] ClientFinal(ReadOnlySpan<byte> serverFirst)
    {
        string challenge = Encoding.Latin1.GetString(serverFirst);
        string[] parts = challenge.Split(',');
        if (parts.Length < 3 || !parts[0].StartsWith("r=", StringComparison.Ordinal) || !parts[1].StartsWith("s=", StringComparison.Ordinal)
            || !parts[2].StartsWith("i=", StringComparison.Ordinal))
            throw new ScramException("its SCRAM challenge is none.");
        string nonce = parts[0][2..];
        if (nonce.Length <= _nonce.Length || !nonce.StartsWith(_nonce, StringComparison.Ordinal))
            throw new ScramException("its SCRAM challenge answers somebody else.");
        byte[] salt = FromBase64(parts[1][2..]);
        if (salt.Length == 0 || !int.TryParse(parts[2].AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out int iterations)
            || iterations is < 1 or > MostIterations)
            throw new ScramException("its SCRAM challenge asks for a number of iterations that no server means.");

        byte[] bound = [.. Encoding.ASCII.GetBytes(_header), .. _binding];
        string withoutProof = $"c={Convert.ToBase64String(bound)},r={nonce}";
        byte[] proof = Prove(salt, iterations, Encoding.Latin1.GetBytes($"{FirstBare},{challenge},{withoutProof}"));
        return Encoding.Latin1.GetBytes($"{withoutProof},p={Convert.ToBase64String(proof)}");
    }

    /// <summary>Checks server-final-message: whether the server knows the password too.</summary>
    /// <exception cref="ScramException">It does not.</exception>
    public void VerifyServer(ReadOnlySpan<byte> serverFinal)
    {
        string message = Encoding.Latin1.GetString(serverFinal).Split(',')[0];
        if (!message.StartsWith("v=", StringComparison.Ordinal)
            || !CryptographicOperations.FixedTimeEquals(FromBase64(message[2..]), _serverSignature))
            throw new ScramException("it did not prove that it knows the password itself.");
    }

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_password);

    private byte[] Prove(byte[] salt, int iterations, byte[] message)
    {
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(_password, salt, iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        byte[] clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        byte[] proof = HMACSHA256.HashData(SHA256.HashData(clientKey), message);
        for (int i = 0; i < proof.Length; i++)
            proof[i] ^= clientKey[i];
        _serverSignature = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), message);
        CryptographicOperations.ZeroMemory(salted);
        CryptographicOperations.ZeroMemory(clientKey);
        return proof;
    }

    private static byte[] FromBase64(string text)
    {
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            throw new ScramException("its SCRAM message is none.");
        }
    }
}
