using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.Protocol;

/// <summary>
/// A server with TLS, whose certificate names db.example, with a role for each method of authentication. The tests that use it run one
/// after another.
/// </summary>
[CollectionDefinition(nameof(TlsServer))]
public sealed class TlsServer : IAsyncLifetime, ICollectionFixture<TlsServer>
{
    // Not what SASLprep leaves as it is: a soft hyphen, a no-break space, a ligature.
    internal const string OddPassword = "p\u00e4s\u00ads\u00a0w\ufb01rd \u6f22";

    private readonly string _directory = Directory.CreateTempSubdirectory("midst-wire-").FullName;
    private PostgresServer? _server;

    /// <summary>The running server.</summary>
    public PostgresServer Server => _server ?? throw new InvalidOperationException("The fixture has not been initialised.");

    public async ValueTask InitializeAsync()
    {
        _server = await PostgresServer.StartAsync();
        using RSA rootKey = RSA.Create(2048);
        using X509Certificate2 root = SelfSigned("root", rootKey);
        await File.WriteAllTextAsync(PathOf("root.crt"), root.ExportCertificatePem());
        using (RSA strangerKey = RSA.Create(2048))
        using (X509Certificate2 stranger = SelfSigned("stranger", strangerKey))
            await File.WriteAllTextAsync(PathOf("stranger.crt"), stranger.ExportCertificatePem());
        (string certificate, string key) = Issue(root, "db.example");
        await WriteOnServer("server.crt", certificate);
        await WriteOnServer("server.key", key);
        await WriteOnServer("root.crt", root.ExportCertificatePem());
        (string clientCertificate, string clientKey) = Issue(root, "certified");
        await File.WriteAllTextAsync(PathOf("client.crt"), clientCertificate);
        await File.WriteAllTextAsync(PathOf("client.key"), clientKey);
        await _server.PsqlAsync("postgres", $"""
            SET password_encryption = 'scram-sha-256';
            CREATE ROLE certified LOGIN; CREATE ROLE trusted LOGIN; CREATE ROLE peered LOGIN; CREATE ROLE unmapped LOGIN; CREATE ROLE clear LOGIN PASSWORD 'clear secret';
            CREATE ROLE odd LOGIN PASSWORD '{OddPassword}'; CREATE ROLE only_clear LOGIN PASSWORD 'p';
            SET password_encryption = 'md5'; CREATE ROLE "md5 ü" LOGIN PASSWORD 'pä';
            """);
        await WriteOnServer("pg_hba.conf", """
            local all trusted trust
            local all peered peer map=us
            local all unmapped peer map=us
            local all all scram-sha-256
            hostnossl all only_clear all scram-sha-256
            hostssl all only_clear all reject
            hostssl all certified all cert
            host all trusted all trust
            host all clear all password
            host all "md5 ü" all md5
            hostssl all all all scram-sha-256

            """);
        await WriteOnServer("pg_ident.conf", $"us \"{Environment.UserName}\" peered\n");
        await _server.PsqlAsync("postgres", "ALTER SYSTEM SET ssl = on; ALTER SYSTEM SET ssl_ca_file = 'root.crt'; SELECT pg_reload_conf()");
        while (await _server.PsqlAsync("postgres", "SHOW ssl") != "on")
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Where a file of the client is: root.crt, stranger.crt, client.crt, client.key.</summary>
    public string PathOf(string name) => Path.Combine(_directory, name);

    // The server's own account must own the key, and the server can write as that account.
    private Task<string> WriteOnServer(string name, string text) => _server!.PsqlAsync(
        "postgres", $"COPY (SELECT '{Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}') TO PROGRAM 'umask 077; base64 -d >{name}'");

    private static X509Certificate2 SelfSigned(string name, RSA key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static (string Certificate, string Key) Issue(X509Certificate2 root, string name)
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.Create(root, root.NotBefore, root.NotAfter, RandomNumberGenerator.GetBytes(8));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}
