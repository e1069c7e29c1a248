using InMidst.Backup.Postgres.Sandbox;

namespace InMidst.Backup.Postgres.Tests.Sandbox;

public sealed class SandboxSettingsTests
{
    [Theory]
    [InlineData(64L << 20, 8, "16MB")]
    [InlineData(2L << 30, 2, "128MB")]
    [InlineData(16L << 30, 8, "256MB")]
    [InlineData(2L << 40, 8, "512MB")]
    public void Sorting_takes_a_share_of_the_memory_and_never_much(long available, int sessions, string each) =>
        Assert.Equal(each, SandboxSettings.SortMemory(available, sessions));

    [Fact]
    public void Only_a_server_for_proofs_has_settings_that_a_user_would_miss()
    {
        string[] proof = ["track_counts", "checkpoint_timeout = '1d'", "autovacuum", "wal_recycle"];
        string interactive = SandboxSettings.Text(new SandboxOptions(), socketDirectory: null);
        Assert.All(proof, setting => Assert.DoesNotContain(setting, interactive, StringComparison.Ordinal));
        string text = SandboxSettings.Text(new SandboxOptions { ForProof = true }, socketDirectory: null);
        Assert.All(proof, setting => Assert.Contains(setting, text, StringComparison.Ordinal));
    }

    [Fact]
    public void Settings_of_the_caller_come_last_and_win()
    {
        var options = new SandboxOptions { ForProof = true, Settings = new Dictionary<string, string> { ["maintenance_work_mem"] = "16MB" } };
        Assert.EndsWith("maintenance_work_mem = '16MB'\n", SandboxSettings.Text(options, socketDirectory: null), StringComparison.Ordinal);
    }
}
