using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.BadDays;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Testing;
using Npgsql;

namespace InMidst.Backup.Integration.Tests.Connections;

/// <summary>A pooler stands between us and the server.</summary>
public sealed class PoolerTests(PostgresFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("transaction")]
    [InlineData("transaction", "server_round_robin = 1")]
    [InlineData("transaction", "default_pool_size = 1", "query_timeout = 3")]
    [InlineData("statement")]
    public async Task A_pooler_that_changes_sessions_is_refused_and_nothing_is_left_in_its_pool(string mode, params string[] settings)
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        await using PgBouncer pooler = await PgBouncer.StartAsync(fixture.Server, scene.Database, mode, settings);
        DumpOptions options = Through(scene, pooler);
        await WarmAsync(options);
        BackupException failure = await scene.FailsAsync(ErrorIds.PoolerDetected, options);
        Assert.Contains("session mode", failure.Guidance);
        foreach (NpgsqlConnection next in await OpenAsync(options, 2))
        {
            await using (next)
                Assert.Equal("on|\"$user\", public|0", await AskAsync(next, "SELECT concat_ws('|', current_setting('row_security'), current_setting('search_path'), current_setting('lock_timeout'))"));
        }
    }

    [Fact]
    public async Task A_pooler_in_session_mode_is_as_good_as_none()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        await using PgBouncer pooler = await PgBouncer.StartAsync(fixture.Server, scene.Database, "session");
        DumpOptions options = Through(scene, pooler);
        await WarmAsync(options);
        BackupRecord backup = await scene.RunAsync(options);
        Assert.Equal(2500, backup.Manifest!.Totals.Rows);
        await scene.HoldsExactlyAsync(backup);
    }

    private static DumpOptions Through(BackupScene scene, PgBouncer pooler) => scene.Options with
    {
        ExcludeGlobals = true, // pg_dumpall asks for other databases
        Address = scene.Address with { Host = "127.0.0.1", Port = pooler.Port, SslMode = PostgresSslMode.Disable },
    };

    /// <summary>Two sessions wait in the pool, where it holds as many.</summary>
    private static async Task WarmAsync(DumpOptions options)
    {
        foreach (NpgsqlConnection connection in await OpenAsync(options, 2))
        {
            await AskAsync(connection, "SELECT 'warm'");
            await connection.DisposeAsync();
        }
    }

    private static async Task<NpgsqlConnection[]> OpenAsync(DumpOptions options, int count)
    {
        var connections = new NpgsqlConnection[count];
        for (int i = 0; i < count; i++)
            connections[i] = await PostgresConnector.OpenAsync(options.Address, options.Database, ConnectorOptions.Default, Token);
        return connections;
    }

    private static async Task<string> AskAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (string)(await command.ExecuteScalarAsync(Token))!;
    }
}
