using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Testing;
using Npgsql;

namespace InMidst.Backup.Integration.Tests.Connections;

/// <summary>A server with TLS, whose certificate names db.example and is signed by a root of our own.</summary>
[Collection(ProcessEnvironmentCollection.Name)]
public sealed class TlsTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("midst-tls-").FullName;
    private PostgresServer? _server;

    public async ValueTask InitializeAsync()
    {
        _server = await PostgresServer.StartAsync();
        using RSA rootKey = RSA.Create(2048);
        using X509Certificate2 root = SelfSigned("root", rootKey);
        await File.WriteAllTextAsync(PathOf("root.crt"), root.ExportCertificatePem());
        await File.WriteAllTextAsync(PathOf("stranger.crt"), SelfSignedPem("stranger"));
        (string certificate, string key) = Issue(root, "db.example");
        await WriteOnServer("server.crt", certificate);
        await WriteOnServer("server.key", key);
        await WriteOnServer("root.crt", root.ExportCertificatePem());
        (string clientCertificate, string clientKey) = Issue(root, "certified");
        await File.WriteAllTextAsync(PathOf("client.crt"), clientCertificate);
        await File.WriteAllTextAsync(PathOf("client.key"), clientKey);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(PathOf("client.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await _server.PsqlAsync("postgres", "CREATE ROLE certified LOGIN SUPERUSER");
        await WriteOnServer("pg_hba.conf", "local all all scram-sha-256\nhostssl all certified all cert\nhostssl all all all scram-sha-256\n");
        foreach (string setting in new[] { "ssl = on", "ssl_ca_file = 'root.crt'" })
            await _server.PsqlAsync("postgres", $"ALTER SYSTEM SET {setting}");
        await _server.StopAsync();
        await _server.StartAgainAsync();
    }

    [Fact]
    public async Task Each_mode_asks_for_what_it_promises_and_all_clients_agree()
    {
        await Connects(Address() with { SslMode = PostgresSslMode.Allow });
        await Connects(Address() with { SslMode = PostgresSslMode.Prefer });
        await Connects(Address() with { SslMode = PostgresSslMode.Require });
        await Connects(Address() with { SslMode = PostgresSslMode.Require, RootCertificate = PathOf("root.crt") });
        await Connects(Address() with { SslMode = PostgresSslMode.VerifyCA, RootCertificate = PathOf("root.crt") });
        await Connects(Address() with { SslMode = PostgresSslMode.Require, ChannelBinding = "require" });
        // The name is checked against host, and the connection goes to hostaddr.
        await Connects(Address() with { SslMode = PostgresSslMode.VerifyFull, RootCertificate = PathOf("root.crt"), Host = "db.example", HostAddress = "127.0.0.1" });

        await Refused(Address() with { SslMode = PostgresSslMode.Disable }, ErrorIds.AuthenticationFailed);
        await Refused(Address() with { SslMode = PostgresSslMode.VerifyFull, RootCertificate = PathOf("root.crt") }, ErrorIds.TlsFailed);
        await Refused(Address() with { SslMode = PostgresSslMode.VerifyCA, RootCertificate = PathOf("stranger.crt") }, ErrorIds.TlsFailed);
        await Refused(Address() with { SslMode = PostgresSslMode.Require, RootCertificate = PathOf("stranger.crt") }, ErrorIds.TlsFailed);
        await Refused(Address() with { SslMode = PostgresSslMode.VerifyFull, RootCertificate = "system", Host = "db.example", HostAddress = "127.0.0.1" }, ErrorIds.TlsFailed);

        await Connects(Address() with { Host = _server!.Host, SslMode = PostgresSslMode.VerifyFull, RootCertificate = PathOf("root.crt") });
    }

    [Fact]
    public async Task A_client_certificate_logs_in_and_only_the_resolved_one()
    {
        ServerAddress certified = Address() with
        {
            UserName = "certified", Password = null, SslMode = PostgresSslMode.Require, Certificate = PathOf("client.crt"), Key = PathOf("client.key"),
        };
        await Connects(certified);
        string? before = Environment.GetEnvironmentVariable("PGSSLCERT");
        try
        {
            Environment.SetEnvironmentVariable("PGSSLCERT", PathOf("client.crt"));
            Environment.SetEnvironmentVariable("PGSSLKEY", PathOf("client.key"));
            await Refused(certified with { Certificate = null, Key = null }, ErrorIds.AuthenticationFailed);
            Environment.SetEnvironmentVariable("PGSSLCERT", "/nowhere");
            await using NpgsqlConnection connection = await PostgresConnector.OpenAsync(
                Address() with { SslMode = PostgresSslMode.Require }, "postgres", ConnectorOptions.Default, default);
        }
        finally
        {
            Environment.SetEnvironmentVariable("PGSSLCERT", before);
            Environment.SetEnvironmentVariable("PGSSLKEY", null);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task Connects(ServerAddress address)
    {
        await using NpgsqlConnection connection = await PostgresConnector.OpenAsync(address, "postgres", ConnectorOptions.Default, default);
        const string Query = "SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        await using var command = new NpgsqlCommand(Query, connection);
        string expected = address.IsUnixSocket ? "false" : "true";
        Assert.Equal(expected, await command.ExecuteScalarAsync());
        string psql = await LibpqProgram.RunAsync(_server!, "psql", address.ToLibpqEnvironment("postgres"), "-X", "-A", "-t", "-c", Query);
        Assert.Equal(expected, psql.Trim());
    }

    private static async Task Refused(ServerAddress address, ErrorId expected)
    {
        BackupException refused = await Assert.ThrowsAsync<BackupException>(
            () => PostgresConnector.OpenAsync(address, "postgres", ConnectorOptions.Default, default));
        Assert.True(expected == refused.Id, refused.ToString());
    }

    private ServerAddress Address() => new()
    {
        Host = "127.0.0.1", Port = _server!.Port, UserName = "postgres", Password = _server.Password, Database = "postgres",
    };

    private string PathOf(string name) => Path.Combine(_directory, name);

    // The server's own account must own the key, and the server can write as that account.
    private Task<string> WriteOnServer(string name, string text) => _server!.PsqlAsync(
        "postgres", $"COPY (SELECT '{Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}') TO PROGRAM 'umask 077; base64 -d >{name}'");

    private static X509Certificate2 SelfSigned(string name, RSA key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static string SelfSignedPem(string name)
    {
        using RSA key = RSA.Create(2048);
        using X509Certificate2 certificate = SelfSigned(name, key);
        return certificate.ExportCertificatePem();
    }

    private static (string Certificate, string Key) Issue(X509Certificate2 root, string name)
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.Create(root, root.NotBefore, root.NotAfter, RandomNumberGenerator.GetBytes(8));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}
