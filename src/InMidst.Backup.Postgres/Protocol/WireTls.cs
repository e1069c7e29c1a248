using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>Begins TLS as libpq's settings ask for it (PostgreSQL documentation, "SSL Session Encryption" and "SSL Support").</summary>
internal sealed class WireTls(ServerAddress address)
{
    private const string SystemRoots = "system";

    // SSLRequest: its length, and a number no version of the protocol has.
    private static readonly byte[] Request = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

    /// <summary>Asks the server for TLS and begins it.</summary>
    /// <exception cref="Core.Errors.BackupException">The server has no TLS.</exception>
    /// <exception cref="AuthenticationException">Its certificate is not to be trusted, or TLS fails otherwise.</exception>
    public async Task<WireLink> UpgradeAsync(Stream stream, CancellationToken cancellationToken)
    {
        await AskAsync(new WireLink(stream), cancellationToken).ConfigureAwait(false);
        var tls = new SslStream(stream, leaveInnerStreamOpen: false);
        try
        {
            await tls.AuthenticateAsClientAsync(Options(), cancellationToken).ConfigureAwait(false);
            return new WireLink(tls, isEncrypted: true, EndPointBinding(tls.RemoteCertificate));
        }
        catch (IOException e)
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw WireFailure.Lost(e);
        }
        catch
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The hash that a log-in is bound to (RFC 5929, 4.1): with the certificate's own hash function, but none weaker than SHA-256.</summary>
    /// <returns>The hash, or null where the certificate's signature names no hash function.</returns>
    internal static byte[]? EndPointBinding(X509Certificate? certificate)
    {
        if (certificate is null)
            return null;
        byte[] bytes = certificate.GetRawCertData();
        using X509Certificate2 known = X509CertificateLoader.LoadCertificate(bytes);
        return known.SignatureAlgorithm.Value switch
        {
            // RSA with MD5, SHA-1, SHA-256; DSA and ECDSA with SHA-1, SHA-256 (RFC 3279, 4055, 5758).
            "1.2.840.113549.1.1.4" or "1.2.840.113549.1.1.5" or "1.2.840.113549.1.1.11" or "1.2.840.10040.4.3"
                or "2.16.840.1.101.3.4.3.2" or "1.2.840.10045.4.1" or "1.2.840.10045.4.3.2" => SHA256.HashData(bytes),
            "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => SHA384.HashData(bytes),
            "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => SHA512.HashData(bytes),
            _ => null,
        };
    }

    private async Task AskAsync(WireLink link, CancellationToken cancellationToken)
    {
        await link.WriteAsync(Request, cancellationToken).ConfigureAwait(false);
        // Whoever stands in between may send bytes behind the answer, to pass for the server's after TLS has begun (CVE-2021-23222).
        byte[] answer = new byte[2];
        int read = await link.ReadAsync(answer, cancellationToken).ConfigureAwait(false);
        switch (answer[0])
        {
            case (byte)'S' when read > 1:
                throw new AuthenticationException("The server sent bytes before TLS had begun.");
            case (byte)'S':
                return;
            case (byte)'N' or MessageType.ErrorResponse:
                // An error may be that of a server too old to know the request. Its text is nobody's: it came before any proof.
                throw PostgresErrors.TlsMissing(address, cause: null);
            default:
                throw WireFailure.Unexpected(answer[0], "in answer to the request for TLS");
        }
    }

    private SslClientAuthenticationOptions Options()
    {
        bool verifiesName = address.SslMode == PostgresSslMode.VerifyFull;
        bool usesSystemRoots = verifiesName && address.RootCertificate == SystemRoots;
        // A root that is there is used by require too, as libpq does.
        bool verifies = address.SslMode is PostgresSslMode.VerifyCA or PostgresSslMode.VerifyFull
            || (address.SslMode == PostgresSslMode.Require && address.RootCertificate is not null);
        SslPolicyErrors forgiven = verifiesName ? SslPolicyErrors.None
            : verifies ? SslPolicyErrors.RemoteCertificateNameMismatch
            : SslPolicyErrors.RemoteCertificateNameMismatch | SslPolicyErrors.RemoteCertificateChainErrors;
        return new SslClientAuthenticationOptions
        {
            TargetHost = address.Host,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = verifies && !usesSystemRoots ? Roots(address.RootCertificate!) : null,
            ClientCertificateContext = ClientCertificate(),
            RemoteCertificateValidationCallback = (_, _, _, errors) => (errors & ~forgiven) == SslPolicyErrors.None,
        };
    }

    private static X509ChainPolicy Roots(string file)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(file);
        return policy;
    }

    private SslStreamCertificateContext? ClientCertificate()
    {
        if (address.Certificate is null)
            return null;
        X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(address.Certificate, address.Key);
        if (OperatingSystem.IsWindows())
        {
            // Windows' TLS takes no key that only lives in memory.
            using X509Certificate2 ephemeral = certificate;
            certificate = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);
        }

        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(address.Certificate);
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }
}
