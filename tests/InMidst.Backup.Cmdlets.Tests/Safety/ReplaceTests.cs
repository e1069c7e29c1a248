using System.Management.Automation;
using InMidst.Backup.Cmdlets.Tests.Fixtures;
using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.Safety;

/// <summary>Replacing a live database: said beforehand, asked for, and in the result.</summary>
public sealed class ReplaceTests(ServerFixture fixture) : IDisposable
{
    private const string Replace = "Backup-MidstDatabase crm @to | Restore-MidstDatabase -TargetDatabase $target -Replace @to";

    private readonly List<string> _captions = [];
    private readonly string _target = "live_" + Guid.NewGuid().ToString("N")[..8];

    public void Dispose() => fixture.Server.PsqlAsync("postgres", $"DROP DATABASE IF EXISTS {_target} WITH (FORCE)").GetAwaiter().GetResult();

    [Fact]
    public async Task What_if_names_whose_sessions_end_and_what_becomes_of_the_old_one()
    {
        AnsweringHost host = Answering("&Yes");
        using Desk desk = await SitDownAsync(host);
        Task session = fixture.Server.PsqlAsync(_target, "SET application_name = 'payroll'; SELECT pg_sleep(600)");
        while (await fixture.Server.PsqlAsync("postgres", $"SELECT count(*) FROM pg_stat_activity WHERE datname = '{_target}' AND application_name = 'payroll' AND query LIKE '%pg_sleep%'") != "1")
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();

        desk.Run($"{Replace} -DisconnectUsers -WhatIf");

        string line = Assert.Single(host.Lines, l => l.Contains("What if", StringComparison.Ordinal) && l.Contains("Replace", StringComparison.Ordinal));
        Assert.Contains($"kept as '{_target}_replaced_", line, StringComparison.Ordinal);
        Assert.Contains("user postgres, application 'payroll'", line, StringComparison.Ordinal);
        Assert.Empty(_captions);
        await IsUntouchedAsync();

        // Without the permission to end it the session refuses, even in the imagination.
        Assert.StartsWith("TargetInUse,", desk.Error($"{Replace} -WhatIf").FullyQualifiedErrorId, StringComparison.Ordinal);
        await fixture.Server.PsqlAsync("postgres", $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{_target}'");
        await Assert.ThrowsAnyAsync<Exception>(() => session);
    }

    [Fact]
    public async Task It_asks_by_itself_and_no_is_no()
    {
        using Desk desk = await SitDownAsync(Answering("&No"));
        Assert.Empty(desk.Run(Replace).Output);
        Assert.Equal(["Replace a database"], _captions);
        await IsUntouchedAsync();
    }

    [Fact]
    public async Task Where_nobody_can_be_asked_nothing_is_replaced_and_the_error_says_how()
    {
        using Desk desk = await SitDownAsync(null);
        ErrorRecord error = desk.Error(Replace);
        Assert.StartsWith("InvalidArgument,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(_target, error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains("-Confirm:$false", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        await IsUntouchedAsync();
    }

    [Theory]
    [InlineData("-SchemaOnly")]
    [InlineData("-Table people")]
    public async Task What_if_promises_no_replacement_by_parts(string parts)
    {
        using Desk desk = await SitDownAsync(null);
        Assert.StartsWith("InvalidArgument,", desk.Error($"{Replace} {parts} -WhatIf").FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-Confirm:$false")]
    public async Task Once_confirmed_it_tells_the_name_of_the_old_one(string confirmed)
    {
        using Desk desk = await SitDownAsync(Answering("&Yes"));

        PSObject restored = desk.One($"{Replace} {confirmed} -WarningAction SilentlyContinue");

        Assert.Equal(confirmed.Length == 0 ? 1 : 0, _captions.Count);
        string kept = restored.Text("ReplacedDatabase");
        Assert.StartsWith($"{_target}_replaced_", kept, StringComparison.Ordinal);
        Assert.Equal("1", await fixture.Server.PsqlAsync(kept, "SELECT count(*) FROM old_rows"));
        Assert.Equal("100", await fixture.Server.PsqlAsync(_target, "SELECT count(*) FROM people"));
        await fixture.Server.PsqlAsync("postgres", $"DROP DATABASE {kept}");
    }

    [Fact]
    public async Task A_free_name_is_no_replacement_and_asks_nothing()
    {
        using Desk desk = await SitDownAsync(Answering("&No"));
        await fixture.Server.PsqlAsync("postgres", $"DROP DATABASE {_target}");
        Assert.Equal("", desk.One(Replace).Text("ReplacedDatabase"));
        Assert.Empty(_captions);
    }

    [Theory]
    [InlineData("Restore-MidstDatabase -Path ./x.sql -TargetDatabase x -DisconnectUsers @to")]
    [InlineData("Restore-MidstDatabase -Path ./x.sql -TargetDatabase x -DropReplaced @to")]
    [InlineData("Restore-MidstDatabase -Path ./x.sql -TargetDatabase x -Force @to")]
    [InlineData("Backup-MidstDatabase crm -IncludeRolePasswords @to")]
    [InlineData("Backup-MidstDatabase crm -IncludeRolePasswords -ExcludeGlobals -Force @to")]
    public async Task What_does_not_go_together_is_refused(string command)
    {
        using Desk desk = await SitDownAsync(null);
        File.WriteAllText(desk.File("x.sql"), "-- PostgreSQL database dump complete\n");
        PsResult result = desk.Shell.Run(command);
        ErrorRecord error = result.Errors.SingleOrDefault() ?? result.Failure!;
        Assert.StartsWith("InvalidArgument,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(desk.Repository);
    }

    [Fact]
    public async Task Roles_that_were_created_are_in_the_result()
    {
        string role = _target + "_owner";
        using Desk desk = await SitDownAsync(null);
        await fixture.Server.PsqlAsync("postgres", $"CREATE ROLE {role}; ALTER DATABASE {_target} OWNER TO {role}");
        desk.Run($"$backup = Backup-MidstDatabase {_target} @to");
        await fixture.Server.PsqlAsync("postgres", $"DROP DATABASE {_target}");
        await fixture.Server.PsqlAsync("postgres", $"DROP ROLE {role}");

        Assert.StartsWith("RequirementMissing,", desk.Error("$backup | Restore-MidstDatabase @to").FullyQualifiedErrorId, StringComparison.Ordinal);
        PSObject restored = desk.One("$backup | Restore-MidstDatabase @to -Globals Missing");

        Assert.Equal([role], (string[])restored.Get("CreatedRoles")!);
        await fixture.Server.PsqlAsync("postgres", $"DROP DATABASE {_target}");
        await fixture.Server.PsqlAsync("postgres", $"DROP ROLE {role}");
    }

    private AnsweringHost Answering(string label) => new((caption, labels) =>
    {
        _captions.Add(caption);
        return labels.ToList().IndexOf(label);
    });

    private async Task<Desk> SitDownAsync(AnsweringHost? host)
    {
        await fixture.Server.CreateDatabaseAsync(_target, "TEMPLATE template0");
        await fixture.Server.PsqlAsync(_target, "CREATE TABLE old_rows AS SELECT 42 AS answer");
        var desk = new Desk(fixture, host);
        desk.Shell.Set("target", _target);
        return desk;
    }

    private async Task IsUntouchedAsync()
    {
        Assert.Equal("42", await fixture.Server.PsqlAsync(_target, "SELECT answer FROM old_rows"));
        Assert.Equal("0", await fixture.Server.PsqlAsync("postgres", $"SELECT count(*) FROM pg_database WHERE datname LIKE '{_target}\\_%'"));
    }
}
