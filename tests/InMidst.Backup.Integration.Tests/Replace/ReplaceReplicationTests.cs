using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.Replace;

/// <summary>What lies outside a database and would stay with the old one.</summary>
public sealed class ReplaceReplicationTests
{
    [Fact]
    public async Task Slots_and_subscriptions_are_left_behind_only_by_force_and_prepared_transactions_never()
    {
        await using PostgresServer server = await PostgresServer.StartAsync(
            new Dictionary<string, string> { ["wal_level"] = "logical", ["max_prepared_transactions"] = "5" });
        LiveDatabase live = await LiveDatabase.MakeAsync(server, "bound");

        await live.SqlAsync("BEGIN; UPDATE old_rows SET answer = 43; PREPARE TRANSACTION 'half done'");
        BackupException refused = await live.RefusedAsync(ErrorIds.TargetNotReplaceable, change: o => o with { Force = true });
        Assert.Contains("prepared transaction half done", refused.Message, StringComparison.Ordinal);
        Assert.Contains("ROLLBACK PREPARED", refused.Guidance, StringComparison.Ordinal);
        await live.SqlAsync("ROLLBACK PREPARED 'half done'");

        await live.SqlAsync("SELECT pg_create_logical_replication_slot('feed', 'pgoutput')");
        refused = await live.RefusedAsync(ErrorIds.TargetNotReplaceable);
        Assert.Contains("logical replication slot feed", refused.Message, StringComparison.Ordinal);
        Assert.Contains("-Force", refused.Guidance, StringComparison.Ordinal);

        // A subscription that cannot reach its publisher, whose worker tries and tries again.
        await live.SqlAsync("CREATE SUBSCRIPTION sub CONNECTION 'host=/nonexistent' PUBLICATION p WITH (connect = false, slot_name = NONE)");
        await live.SqlAsync("ALTER SUBSCRIPTION sub SET (slot_name = 'far'); ALTER SUBSCRIPTION sub ENABLE");
        refused = await live.RefusedAsync(ErrorIds.TargetNotReplaceable);
        Assert.Contains("enabled subscription sub", refused.Message, StringComparison.Ordinal);

        await live.ReplaceAsync(LiveDatabase.NewContent, o => o with { Force = true, DisconnectUsers = true });
        await live.IsReplacedAsync();
        string kept = await live.KeptAsync();
        Assert.Equal($"{kept}|{kept}", await live.Scene.SqlAsync(
            "SELECT s.database, d.datname FROM pg_replication_slots s, pg_subscription u JOIN pg_database d ON d.oid = u.subdbid"));
    }

    [Fact]
    public async Task An_old_database_with_a_subscription_is_never_dropped_since_nobody_would_remove_its_slot()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        LiveDatabase live = await LiveDatabase.MakeAsync(server, "subscribed");
        await live.SqlAsync("CREATE SUBSCRIPTION sub CONNECTION 'host=/nonexistent' PUBLICATION p WITH (connect = false, slot_name = 'far')");

        RestoreResult result = await live.ReplaceAsync(LiveDatabase.NewContent, o => o with { DropReplaced = true });

        await live.IsReplacedAsync();
        string kept = await live.KeptAsync();
        Assert.Equal(kept, result.ReplacedDatabase);
        Assert.Contains(live.Scene.Warnings, w =>
            w.Contains($"could not be dropped and is kept as '{kept}'", StringComparison.Ordinal) && w.Contains("subscription", StringComparison.Ordinal));
        Assert.Equal("sub|far", await live.Scene.SqlAsync("SELECT subname, subslotname FROM pg_subscription", kept));
    }
}
