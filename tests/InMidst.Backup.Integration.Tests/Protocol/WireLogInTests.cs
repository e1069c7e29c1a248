using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Protocol;
using Npgsql;

namespace InMidst.Backup.Integration.Tests.Protocol;

/// <summary>Each method of authentication and each mode of TLS.</summary>
/// <param name="tls">The server.</param>
/// <param name="hasOwnThread">The client's way of waiting.</param>
public abstract class WireLogInTests(TlsServer tls, bool hasOwnThread)
{
    private const string Endless = "COPY (SELECT repeat('x', 1000), generate_series(1, 1000000000)) TO STDOUT";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private WireOptions Options => new() { HasOwnThread = hasOwnThread };

    [Fact]
    public async Task Each_mode_asks_for_what_it_promises()
    {
        await ConnectsAsync(Address() with { SslMode = PostgresSslMode.Allow });
        await ConnectsAsync(Address() with { SslMode = PostgresSslMode.Prefer });
        await ConnectsAsync(Address() with { SslMode = PostgresSslMode.Prefer, UserName = "only_clear", Password = "p" }, encrypted: false);
        await ConnectsAsync(Address() with { SslMode = PostgresSslMode.Require });
        await ConnectsAsync(Address() with { SslMode = PostgresSslMode.Require, RootCertificate = tls.PathOf("root.crt") });
        await ConnectsAsync(Address() with { SslMode = PostgresSslMode.VerifyCA, RootCertificate = tls.PathOf("root.crt") });
        await ConnectsAsync(Address() with { SslMode = PostgresSslMode.Require, ChannelBinding = "require" });
        await ConnectsAsync(Address() with { SslMode = PostgresSslMode.Require, ChannelBinding = "disable" });
        await ConnectsAsync(Named() with { SslMode = PostgresSslMode.VerifyFull, RootCertificate = tls.PathOf("root.crt") });
        await ConnectsAsync(
            Address() with { Host = tls.Server.Host, SslMode = PostgresSslMode.VerifyFull, RootCertificate = tls.PathOf("root.crt") }, encrypted: false);

        await RefusedAsync(Address() with { SslMode = PostgresSslMode.Disable }, ErrorIds.AuthenticationFailed);
        await RefusedAsync(Address() with { SslMode = PostgresSslMode.VerifyFull, RootCertificate = tls.PathOf("root.crt") }, ErrorIds.TlsFailed);
        await RefusedAsync(Address() with { SslMode = PostgresSslMode.VerifyCA, RootCertificate = tls.PathOf("stranger.crt") }, ErrorIds.TlsFailed);
        await RefusedAsync(Address() with { SslMode = PostgresSslMode.Require, RootCertificate = tls.PathOf("stranger.crt") }, ErrorIds.TlsFailed);
        await RefusedAsync(Named() with { SslMode = PostgresSslMode.VerifyFull, RootCertificate = "system" }, ErrorIds.TlsFailed);
        await RefusedAsync(Address() with { UserName = "trusted", ChannelBinding = "require" }, ErrorIds.AuthenticationFailed);
    }

    [Fact]
    public async Task Each_method_lets_in_who_proves_himself_and_nobody_else()
    {
        await ConnectsAsync(Address() with { UserName = "trusted", Password = null });
        await ConnectsAsync(Address() with { UserName = "trusted", Password = null, Host = tls.Server.Host }, encrypted: false);
        await ConnectsAsync(Address() with { UserName = "clear", Password = "clear secret" });
        await ConnectsAsync(Address() with { UserName = "md5 ü", Password = "pä" });
        await ConnectsAsync(Address() with { UserName = "odd", Password = TlsServer.OddPassword, ChannelBinding = "require" });
        ServerAddress certified = Address() with
        {
            UserName = "certified", Password = null, SslMode = PostgresSslMode.Require, Certificate = tls.PathOf("client.crt"), Key = tls.PathOf("client.key"),
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
            Address() with { SslMode = PostgresSslMode.Require }, "postgres", Options, Token);
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
        Stream endless = await connection.BeginCopyOutAsync(Endless, Token);
        await endless.ReadExactlyAsync(new byte[100], Token);
        await endless.DisposeAsync();
        await connection.ExecuteAsync("SELECT 1", Token);
    }

    [Fact]
    public async Task Peer_authentication_asks_the_system_who_is_there()
    {
        ServerAddress local = Address() with { Host = tls.Server.Host, UserName = "peered", Password = null };
        await ConnectsAsync(local, encrypted: false);
        await RefusedAsync(local with { UserName = "unmapped" }, ErrorIds.AuthenticationFailed);
    }

    [Fact]
    public async Task A_server_that_is_shut_down_in_the_middle_of_rows_is_lost()
    {
        await using WireConnection connection = await WireConnection.OpenAsync(
            Address() with { SslMode = PostgresSslMode.Require }, "postgres", Options, Token);
        Stream rows = await connection.BeginCopyOutAsync(Endless, Token);
        await rows.ReadExactlyAsync(new byte[100], Token);
        await tls.Server.StopAsync();
        await tls.Server.StartAgainAsync();
        // Words do not come through where the rows before them were not taken.
        NpgsqlException lost = await Assert.ThrowsAnyAsync<NpgsqlException>(() => rows.CopyToAsync(Stream.Null, Token));
        Assert.Equal(ErrorIds.ConnectionLost, PostgresErrors.Translate(lost, Address(), "postgres").Id);
        Assert.True(connection.IsBroken);
        await rows.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_request_to_stop_that_TLS_fails_for_leaves_no_session_and_hides_no_failure(bool isAbandoned)
    {
        string root = tls.PathOf($"changing-{hasOwnThread}-{isAbandoned}.crt");
        File.Copy(tls.PathOf("root.crt"), root);
        WireConnection connection = await WireConnection.OpenAsync(
            Address() with { SslMode = PostgresSslMode.VerifyCA, RootCertificate = root }, "postgres", Options, Token);
        File.Copy(tls.PathOf("stranger.crt"), root, overwrite: true);
        Stream rows = await connection.BeginCopyOutAsync(Endless, Token);
        await rows.ReadExactlyAsync(new byte[100], Token);
        if (isAbandoned)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                while (await rows.ReadAsync(new byte[100_000], new CancellationToken(true)) > 0)
                {
                    // What was received before it was cancelled.
                }
            });
        }

        await rows.DisposeAsync();
        Assert.True(connection.IsBroken);
        await connection.DisposeAsync();
        while (await tls.Server.PsqlAsync("postgres", $"SELECT count(*) FROM pg_stat_activity WHERE pid = {connection.ProcessId}") != "0")
            Token.ThrowIfCancellationRequested();
    }

    private async Task ConnectsAsync(ServerAddress address, bool encrypted = true)
    {
        await using WireConnection connection = await WireConnection.OpenAsync(address, "postgres", Options, Token);
        List<string?[]> rows = await connection.QueryAsync("SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()", Token);
        Assert.Equal(encrypted ? "true" : "false", Assert.Single(rows)[0]);
    }

    private async Task RefusedAsync(ServerAddress address, ErrorId expected)
    {
        BackupException refused = await Assert.ThrowsAsync<BackupException>(
            () => WireConnection.OpenAsync(address, "postgres", Options, Token));
        Assert.True(expected == refused.Id, refused.ToString());
    }

    private ServerAddress Address() => new()
    {
        Host = "127.0.0.1", Port = tls.Server.Port, UserName = "postgres", Password = tls.Server.Password, Database = "postgres",
    };

    private ServerAddress Named() => Address() with { Host = "db.example", HostAddress = "127.0.0.1" };

}
