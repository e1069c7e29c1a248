using InMidst.Backup.Integration.Tests.Processes;
using InMidst.Backup.Postgres.Connections;
using Npgsql;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

/// <summary>
/// Sessions that each do one thing at one moment of a backup. A thing that has to wait for a lock goes on waiting while the backup
/// goes on.
/// </summary>
internal sealed class Disturbance(RoundTripScene scene, ServerAddress address, string database) : IAsyncDisposable
{
    private readonly List<(NpgsqlConnection Connection, Task Work)> _sessions = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts them all; comes back when each has ended or waits for a lock.</summary>
    public void Start(params string[] statements) => StartAsync(statements).GetAwaiter().GetResult();

    /// <summary>How many are still waiting.</summary>
    public int Waiting => _sessions.Count(s => !s.Work.IsCompleted);

    /// <summary>Waits until all have ended; each must have succeeded.</summary>
    public Task EndAsync() => Task.WhenAll(_sessions.Select(s => s.Work)).WaitAsync(TimeSpan.FromSeconds(60), Token);

    public async ValueTask DisposeAsync()
    {
        foreach ((NpgsqlConnection connection, Task _) in _sessions)
            await connection.DisposeAsync();
    }

    private async Task StartAsync(string[] statements)
    {
        foreach (string sql in statements)
        {
            NpgsqlConnection connection = await PostgresConnector.OpenAsync(
                address, database, new ConnectorOptions { ApplicationName = "someone else" }, Token).ConfigureAwait(false);
            _sessions.Add((connection, Task.Run(() => ExecuteAsync(connection, sql), Token)));
        }

        await Eventually.TrueAsync(AllStand, "each session has ended or waits").ConfigureAwait(false);
    }

    private bool AllStand()
    {
        string[] waiting = scene.Server.PsqlAsync(database, "SELECT pid FROM pg_locks WHERE NOT granted").GetAwaiter().GetResult().Split('\n');
        return _sessions.All(s => s.Work.IsCompleted || waiting.Contains(s.Connection.ProcessID.ToString()));
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }
}
