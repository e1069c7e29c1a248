using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Amazon.Runtime;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>Gives the SDK our own HTTP client, whose limits we know; the SDK's own would wait on terms of its own.</summary>
internal sealed class S3HttpClientFactory(HttpMessageHandler handler) : HttpClientFactory
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public override HttpClient CreateHttpClient(IClientConfig clientConfig) =>
        // Each request has limits of its own, which count what gets on.
        new(handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };

    /// <inheritdoc/>
    public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

    /// <inheritdoc/>
    public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

    /// <summary>Makes the handler that reaches the network.</summary>
    /// <param name="caCertificate">A PEM file, or null to trust what the machine trusts.</param>
    internal static HttpMessageHandler CreateHandler(string? caCertificate)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = ConnectTimeout,
            // So that a changed address of the server is seen.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            // Shorter than what servers and firewalls forget connections after.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(15),
            UseCookies = false,
        };
        if (caCertificate is not null)
        {
            handler.SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(ReadCertificates(caCertificate));
        }

        return handler;
    }

    private static X509Certificate2Collection ReadCertificates(string path)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(path);
            return certificates.Count > 0
                ? certificates
                : throw Refuse(path, "it holds no certificate in PEM format", null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw Refuse(path, exception.Message, exception);
        }
    }

    private static StorageException Refuse(string path, string reason, Exception? cause) => new(
        ErrorIds.InvalidArgument, $"The CA file '{path}' cannot be used: {reason}.", isPermanent: true, cause, path);
}
