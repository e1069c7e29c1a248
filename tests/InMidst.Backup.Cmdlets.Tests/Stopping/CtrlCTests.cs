using System.Management.Automation;
using InMidst.Backup.Cmdlets.Tests.Fixtures;
using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.Stopping;

/// <summary>Ctrl-C in the middle of the work: it ends promptly and leaves nothing. Left alone, the work here would take an hour.</summary>
public sealed class CtrlCTests(ServerFixture fixture) : IDisposable
{
    private const string Mine = "Get-MidstSandbox | Where-Object OwnerProcessId -EQ $PID";

    private readonly Desk _desk = new(fixture);

    public void Dispose() => _desk.Dispose();

    [Fact]
    public async Task A_backup_is_gone()
    {
        await fixture.Server.CreateDatabaseAsync("stop_backup");
        await fixture.FillAsync("stop_backup");
        Task<string> blocker = fixture.Server.PsqlAsync("stop_backup", "BEGIN; LOCK TABLE people; SELECT pg_sleep(3600)");
        await ActivityAsync("datname = 'stop_backup' AND wait_event = 'PgSleep'");
        using PsInvocation backup = _desk.Shell.Start("Backup-MidstDatabase stop_backup @to");
        await ActivityAsync("datname = 'stop_backup' AND wait_event_type = 'Lock'");

        PsResult result = backup.Stop();

        Assert.Equal(PSInvocationState.Stopped, result.State);
        Assert.Empty(result.Output);
        Assert.Empty(_desk.Repository);
        await fixture.Server.PsqlAsync("postgres",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'stop_backup' AND wait_event = 'PgSleep'");
        await Assert.ThrowsAnyAsync<Exception>(() => blocker);
        await NobodyAsync("stop_backup");
        Assert.Single(_desk.Run("Backup-MidstDatabase stop_backup @to").Output);
    }

    [Fact]
    public async Task A_restore_is_gone()
    {
        await BackUpSomethingSlowAsync("stop_restore");
        using PsInvocation restore = _desk.Shell.Start("$backup | Restore-MidstDatabase -TargetDatabase stopped @to");
        await ActivityAsync("datname ~ '^midst_restoring' AND wait_event = 'PgSleep'");

        PsResult result = restore.Stop();

        Assert.Equal(PSInvocationState.Stopped, result.State);
        Assert.Empty(result.Output);
        Assert.Equal("0", await fixture.Server.PsqlAsync("postgres", "SELECT count(*) FROM pg_database WHERE datname ~ '^midst_restoring' OR datname = 'stopped'"));
    }

    [Fact]
    public async Task A_proof_on_a_named_server_is_gone()
    {
        await BackUpSomethingSlowAsync("stop_proof");
        using PsInvocation test = _desk.Shell.Start("$backup | Test-MidstBackup -Level Restore @to");
        await ActivityAsync("datname ~ '^midst_restoring' AND wait_event = 'PgSleep'");

        PsResult result = test.Stop();

        Assert.Equal(PSInvocationState.Stopped, result.State);
        Assert.Equal("0", await fixture.Server.PsqlAsync("postgres", "SELECT count(*) FROM pg_database WHERE datname ~ '^midst_(restoring|proof)'"));
        Assert.DoesNotContain(_desk.Repository, file => file.EndsWith(".verification.json", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_proof_in_a_sandbox_takes_the_sandbox_with_it()
    {
        await BackUpSomethingSlowAsync("stop_sandbox_proof");
        using PsInvocation test = _desk.Shell.Start("$backup | Test-MidstBackup -Level Restore");
        string directory = WaitForSandbox();

        PsResult result = test.Stop();

        Assert.Equal(PSInvocationState.Stopped, result.State);
        Assert.Empty(_desk.Run(Mine).Output);
        Assert.False(Directory.Exists(directory));
    }

    [Fact]
    public void A_sandbox_that_was_not_handed_out_is_gone()
    {
        using PsInvocation start = _desk.Shell.Start("New-MidstSandbox -SampleData -Scale 1000");
        string directory = WaitForSandbox();

        PsResult result = start.Stop();

        Assert.Equal(PSInvocationState.Stopped, result.State);
        Assert.Empty(result.Output);
        Assert.Empty(_desk.Run(Mine).Output);
        Assert.False(Directory.Exists(directory));
    }

    /// <summary>An index whose function takes an hour, but in the source no time at all.</summary>
    private async Task BackUpSomethingSlowAsync(string database)
    {
        await fixture.Server.CreateDatabaseAsync(database);
        await fixture.FillAsync(database);
        await fixture.Server.PsqlAsync(database, $"""
            CREATE FUNCTION public.slow(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
            BEGIN
                IF current_database() <> '{database}' THEN PERFORM pg_sleep(3600); END IF;
                RETURN i;
            END $$;
            CREATE INDEX ON people (public.slow(id));
            """);
        _desk.Run($"$backup = Backup-MidstDatabase {database} @to");
    }

    private string WaitForSandbox()
    {
        using var other = new Desk(fixture);
        string? directory = null;
        Assert.True(SpinWait.SpinUntil(() => (directory = other.Run(Mine).Output.Texts("Directory").SingleOrDefault()) is not null, PsInvocation.Patience));
        return directory!;
    }

    private Task ActivityAsync(string condition) => EventuallyAsync($"SELECT count(*) > 0 FROM pg_stat_activity WHERE {condition}");

    private Task NobodyAsync(string database) => EventuallyAsync($"SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = '{database}'");

    private async Task EventuallyAsync(string query)
    {
        DateTime deadline = DateTime.UtcNow + PsInvocation.Patience;
        while (await fixture.Server.PsqlAsync("postgres", query) != "t")
            Assert.True(DateTime.UtcNow < deadline, query);
    }
}
