using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Protocol;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.Protocol;

/// <summary>Each method of authentication and each mode of TLS, on a server whose certificate names db.example.</summary>
public sealed class WireLogInTests : IAsyncLifetime
{
    // Not what SASLprep leaves as it is: a soft hyphen, a no-break space, a ligature.
    private const string OddPassword = "p\u00e4s\u00ads\u00a0w\ufb01rd \u6f22";

    private readonly string _directory = Directory.CreateTempSubdirectory("midst-wire-").FullName;
    private PostgresServer? _server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

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
            CREATE ROLE certified LOGIN; CREATE ROLE trusted LOGIN; CREATE ROLE clear LOGIN PASSWORD 'clear secret';
            CREATE ROLE odd LOGIN PASSWORD '{OddPassword}'; CREATE ROLE only_clear LOGIN PASSWORD 'p';
            SET password_encryption = 'md5'; CREATE ROLE "md5 ü" LOGIN PASSWORD 'pä';
            """);
        await WriteOnServer("pg_hba.conf", """
            local all trusted trust
            local all all scram-sha-256
            hostnossl all only_clear all scram-sha-256
            hostssl all only_clear all reject
            hostssl all certified all cert
            host all trusted all trust
            host all clear all password
            host all "md5 ü" all md5
            hostssl all all all scram-sha-256

            """);
        foreach (string setting in new[] { "ssl = on", "ssl_ca_file = 'root.crt'" })
            await _server.PsqlAsync("postgres", $"ALTER SYSTEM SET {setting}");
        await _server.StopAsync();
        await _server.StartAgainAsync();
    }

    [Fact]
    public async Task Each_mode_asks_for_what_it_promises()
    {
        await ConnectsAsync(Address() with { SslMode = PostgresSslMode.Allow });
        await ConnectsAsync(Address() with { SslMode = PostgresSslMode.Prefer });
        await ConnectsAsync(Address() with { SslMode = PostgresSslMode.Prefer, UserName = "only_clear", Password = "p" }, encrypted: false);
        await ConnectsAsync(Address() with { SslMode = PostgresSslMode.Require });
        await ConnectsAsync(Address() with { SslMode = PostgresSslMode.Require, RootCertificate = PathOf("root.crt") });
        await ConnectsAsync(Address() with { SslMode = PostgresSslMode.VerifyCA, RootCertificate = PathOf("root.crt") });
        await ConnectsAsync(Address() with { SslMode = PostgresSslMode.Require, ChannelBinding = "require" });
        await ConnectsAsync(Address() with { SslMode = PostgresSslMode.Require, ChannelBinding = "disable" });
        await ConnectsAsync(Named() with { SslMode = PostgresSslMode.VerifyFull, RootCertificate = PathOf("root.crt") });
        await ConnectsAsync(
            Address() with { Host = _server!.Host, SslMode = PostgresSslMode.VerifyFull, RootCertificate = PathOf("root.crt") }, encrypted: false);

        await RefusedAsync(Address() with { SslMode = PostgresSslMode.Disable }, ErrorIds.AuthenticationFailed);
        await RefusedAsync(Address() with { SslMode = PostgresSslMode.VerifyFull, RootCertificate = PathOf("root.crt") }, ErrorIds.TlsFailed);
        await RefusedAsync(Address() with { SslMode = PostgresSslMode.VerifyCA, RootCertificate = PathOf("stranger.crt") }, ErrorIds.TlsFailed);
        await RefusedAsync(Address() with { SslMode = PostgresSslMode.Require, RootCertificate = PathOf("stranger.crt") }, ErrorIds.TlsFailed);
        await RefusedAsync(Named() with { SslMode = PostgresSslMode.VerifyFull, RootCertificate = "system" }, ErrorIds.TlsFailed);
        await RefusedAsync(Address() with { UserName = "trusted", ChannelBinding = "require" }, ErrorIds.AuthenticationFailed);
    }

    [Fact]
    public async Task Each_method_lets_in_who_proves_himself_and_nobody_else()
    {
        await ConnectsAsync(Address() with { UserName = "trusted", Password = null });
        await ConnectsAsync(Address() with { UserName = "trusted", Password = null, Host = _server!.Host }, encrypted: false);
        await ConnectsAsync(Address() with { UserName = "clear", Password = "clear secret" });
        await ConnectsAsync(Address() with { UserName = "md5 ü", Password = "pä" });
        await ConnectsAsync(Address() with { UserName = "odd", Password = OddPassword, ChannelBinding = "require" });
        ServerAddress certified = Address() with
        {
            UserName = "certified", Password = null, SslMode = PostgresSslMode.Require, Certificate = PathOf("client.crt"), Key = PathOf("client.key"),
        };
        await ConnectsAsync(certified);

        await RefusedAsync(certified with { Certificate = null, Key = null }, ErrorIds.AuthenticationFailed);
        await RefusedAsync(Address() with { UserName = "clear", Password = "wrong" }, ErrorIds.AuthenticationFailed);
        await RefusedAsync(Address() with { UserName = "md5 ü", Password = "wrong" }, ErrorIds.AuthenticationFailed);
        await RefusedAsync(Address() with { UserName = "md5 ü", Password = null }, ErrorIds.AuthenticationFailed);
        await RefusedAsync(Address() with { UserName = "odd", Password = "wrong" }, ErrorIds.AuthenticationFailed);
    }

    [Fact]
    public async Task With_TLS_rows_travel_both_ways_and_the_request_to_stop_as_well()
    {
        await using WireConnection connection = await WireConnection.OpenAsync(
            Address() with { SslMode = PostgresSslMode.Require }, "postgres", WireOptions.Default, Token);
        await connection.ExecuteAsync("CREATE TEMP TABLE t (i int)", Token);
        await using (WireCopyIn copy = await connection.BeginCopyInAsync("COPY t FROM STDIN", Token))
        {
            await copy.WriteAsync(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 200_000).Select(i => $"{i}\n"))), Token);
            Assert.Equal(200_000, await copy.CompleteAsync(Token));
        }

        using var all = new MemoryStream();
        await using (Stream rows = await connection.BeginCopyOutAsync("COPY t TO STDOUT", Token))
            await rows.CopyToAsync(all, Token);
        Assert.Equal(1_288_890, all.Length);
        Stream endless = await connection.BeginCopyOutAsync("COPY (SELECT repeat('x', 1000), generate_series(1, 1000000000)) TO STDOUT", Token);
        await endless.ReadExactlyAsync(new byte[100], Token);
        await endless.DisposeAsync();
        await connection.ExecuteAsync("SELECT 1", Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static async Task ConnectsAsync(ServerAddress address, bool encrypted = true)
    {
        await using WireConnection connection = await WireConnection.OpenAsync(address, "postgres", WireOptions.Default, Token);
        List<string?[]> rows = await connection.QueryAsync("SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()", Token);
        Assert.Equal(encrypted ? "true" : "false", Assert.Single(rows)[0]);
    }

    private static async Task RefusedAsync(ServerAddress address, ErrorId expected)
    {
        BackupException refused = await Assert.ThrowsAsync<BackupException>(
            () => WireConnection.OpenAsync(address, "postgres", WireOptions.Default, Token));
        Assert.True(expected == refused.Id, refused.ToString());
    }

    private ServerAddress Address() => new()
    {
        Host = "127.0.0.1", Port = _server!.Port, UserName = "postgres", Password = _server.Password, Database = "postgres",
    };

    private ServerAddress Named() => Address() with { Host = "db.example", HostAddress = "127.0.0.1" };

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
