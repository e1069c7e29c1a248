using InMidst.Backup.Integration.Tests.Processes;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>A primary and a streaming standby that lets no query delay its replay. Tests that use it run one after another.</summary>
[CollectionDefinition(nameof(StandbyPair))]
public sealed class StandbyPair : IAsyncLifetime, ICollectionFixture<StandbyPair>
{
    private PostgresServer? _primary;
    private PostgresServer? _standby;

    public PostgresServer Primary => _primary ?? throw new InvalidOperationException("The fixture has not been initialised.");

    public PostgresServer Standby => _standby ?? throw new InvalidOperationException("The fixture has not been initialised.");

    public async ValueTask InitializeAsync()
    {
        // What is committed is sent at once, and nothing is cleaned up but by the tests.
        _primary = await PostgresServer.StartAsync(new Dictionary<string, string> { ["autovacuum"] = "off", ["synchronous_commit"] = "on" });
        _standby = await StartStandbyAsync();
    }

    /// <summary>Another standby, for a test that promotes it.</summary>
    public Task<PostgresServer> StartStandbyAsync() => PostgresServer.StartStandbyAsync(
        Primary, new Dictionary<string, string> { ["max_standby_streaming_delay"] = "0", ["hot_standby_feedback"] = "off" });

    /// <summary>Waits until a standby has all that is committed on the primary now.</summary>
    public async Task CatchUpAsync(PostgresServer standby)
    {
        string position = await Primary.PsqlAsync("postgres", "SELECT pg_current_wal_flush_lsn()");
        await Eventually.TrueAsync(
            () => standby.PsqlAsync("postgres", $"SELECT pg_last_wal_replay_lsn() >= '{position}'").GetAwaiter().GetResult() == "t",
            "the standby has caught up");
    }

    public async ValueTask DisposeAsync()
    {
        if (_standby is not null)
            await _standby.DisposeAsync();
        if (_primary is not null)
            await _primary.DisposeAsync();
    }
}
