using System.Diagnostics;
using System.Globalization;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Restore;
using Npgsql;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>Databases that somebody does not leave at once.</summary>
public sealed class DatabaseRemovalTests(PostgresFixture fixture)
{
    private readonly RestoreScene _scene = new(fixture.Server);

    [Fact]
    public async Task A_session_that_takes_longer_to_leave_than_the_server_waits_does_not_keep_the_database()
    {
        string database = RestoreScene.NewName("stuck");
        await _scene.SqlAsync($"CREATE DATABASE {database}");
        await using NpgsqlConnection stuck = await PostgresConnector.OpenAsync(_scene.Address, database, new ConnectorOptions(), RestoreScene.Token);
        await using NpgsqlConnection maintenance = await PostgresConnector.OpenAsync(_scene.Address, "postgres", new ConnectorOptions(), RestoreScene.Token);
        string dropping = $"FROM pg_stat_activity WHERE pid = {maintenance.ProcessID} AND state = 'active' AND query LIKE 'DROP DATABASE%'";
        await SignalAsync("-STOP", stuck.ProcessID);
        Task drop;
        try
        {
            drop = DatabaseRemoval.DropCopyAsync(maintenance, _scene.Address, database, RestoreScene.Token);
            await _scene.UntilAsync($"SELECT count(*) {dropping}", "1");
            string first = await _scene.SqlAsync($"SELECT query_start {dropping}");
            await Task.WhenAny(drop, _scene.UntilAsync($"SELECT count(*) {dropping} AND query_start > '{first}'", "1"));
        }
        finally
        {
            await SignalAsync("-CONT", stuck.ProcessID);
        }

        await drop;
        await _scene.UntilAsync($"SELECT count(*) FROM pg_database WHERE datname = '{database}'", "0");
    }

    private static async Task SignalAsync(string signal, int process)
    {
        using Process kill = Process.Start("/bin/kill", [signal, process.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(RestoreScene.Token);
        Assert.Equal(0, kill.ExitCode);
    }
}
