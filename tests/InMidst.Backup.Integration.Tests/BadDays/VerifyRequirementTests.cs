using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Integration.Tests.Processes;
using InMidst.Backup.Postgres.Sandbox;
using InMidst.Backup.Postgres.Verify;

namespace InMidst.Backup.Integration.Tests.BadDays;

public sealed class VerifyRequirementTests(PostgresFixture fixture, VerifyRequirementTests.Sandbox sandbox)
    : IClassFixture<VerifyRequirementTests.Sandbox>
{
    private const string End = "\n-- PostgreSQL database dump complete\n";

    private readonly RestoreScene _scene = new(fixture.Server);

    [Theory]
    [InlineData("extension", "postgresql-{0}-postgis-3")]
    [InlineData("role", "nobody we know")]
    [InlineData("tablespace", "far away")]
    [InlineData("locale", "locale-gen")]
    public async Task What_a_server_lacks_is_named_and_no_database_is_made(string what, string words)
    {
        BackupRecord backup = await LackingAsync(what);
        string target = RestoreScene.NewName("lacking");
        var refused = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(backup, target));
        Assert.True(refused.Id == ErrorIds.RequirementMissing, refused.ToString());
        Assert.Contains(string.Format(words, fixture.Server.Major), refused.Message + refused.Guidance);
        await _scene.NothingLeftAsync(target);
    }

    [Theory]
    [InlineData("extension", VerificationVerdict.NotProvable, "postgresql-{0}-postgis-3")]
    [InlineData("locale", VerificationVerdict.NotProvable, "locale-gen")]
    [InlineData("version", VerificationVerdict.NotProvable, "postgresql-99")]
    [InlineData("role", VerificationVerdict.Passed, "")]
    [InlineData("tablespace", VerificationVerdict.Passed, "")]
    public async Task In_the_sandbox_what_can_be_made_is_made_and_the_rest_is_not_provable(string what, VerificationVerdict verdict, string words)
    {
        VerificationResult test = await _scene.TestAsync(await LackingAsync(what), VerificationLevel.Restore, sandbox.Server);
        string findings = string.Join(' ', test.Findings);
        Assert.True(test.Verdict == verdict, findings);
        Assert.Contains(string.Format(words, fixture.Server.Major), findings);
    }

    [Theory]
    [InlineData("CREATE TABLE t ();\nALTER TABLE t OWNER TO midst;\nGRANT SELECT ON t TO reader, \"a Writer\";\nCREATE POLICY p ON t TO policed USING (true);\nCOMMENT ON POLICY p ON t IS 'x';", VerificationVerdict.Passed)]
    [InlineData("CREATE EXTENSION postgis;", VerificationVerdict.NotProvable)]
    [InlineData("CREATE COLLATION c (provider = libc, locale = 'xx_YY.UTF-8');", VerificationVerdict.NotProvable)]
    [InlineData("CREATE TABLE t (a nothing_known);", VerificationVerdict.Failed)]
    public async Task A_dump_of_other_tools_fails_only_for_what_is_wrong_with_it(string script, VerificationVerdict verdict)
    {
        VerificationResult test = await _scene.TestAsync(await _scene.PutScriptAsync(script + End), VerificationLevel.Restore, sandbox.Server);
        Assert.True(test.Verdict == verdict, string.Join(' ', test.Findings));
    }

    [Fact]
    public async Task A_hostile_dump_runs_as_an_account_without_rights_and_reaches_nobody()
    {
        // Whoever may write SQL for a superuser may run programs: that is why it happens in a throwaway server of nobody's.
        const string Script = """
            CREATE TABLE account (name text);
            COPY account FROM PROGRAM 'id -un';
            CREATE TABLE listening AS SELECT current_setting('listen_addresses') AS addresses, current_setting('max_logical_replication_workers') AS workers;
            CREATE SUBSCRIPTION s CONNECTION 'host=192.0.2.1 dbname=x' PUBLICATION p WITH (connect = false, slot_name = NONE);
            DO $$ DECLARE name text; BEGIN
                SELECT a.name INTO name FROM account a;
                IF name = 'root' THEN RAISE 'the server runs as root'; END IF;
                IF (SELECT addresses <> '' OR workers <> '0' FROM listening) THEN RAISE 'it listens or connects'; END IF;
                IF (SELECT subenabled FROM pg_subscription) THEN RAISE 'the subscription is enabled'; END IF;
            END $$;
            ALTER SUBSCRIPTION s DISABLE;
            DROP SUBSCRIPTION s;
            """;
        VerificationResult test = await _scene.TestAsync(await _scene.PutScriptAsync(Script + End), VerificationLevel.Restore, sandbox.Server);
        Assert.True(test.Verdict == VerificationVerdict.Passed, string.Join(' ', test.Findings));
    }

    [Fact]
    public async Task Several_backups_share_one_server_that_is_gone_afterwards_also_when_one_is_bad_and_one_is_stopped()
    {
        RestoreSamples samples = await RestoreSamples.GetAsync(fixture.Server);
        var starts = new List<string>();
        var pool = new SandboxProofServer(null, new Recorder(starts));
        SandboxInfo info;
        await using (pool)
        {
            BackupRecord good = await _scene.PutAsync(samples.Name(CompressionKind.Zstd), samples.Data(CompressionKind.Zstd));
            Assert.Equal(VerificationVerdict.Passed, (await _scene.TestAsync(good, VerificationLevel.Restore, pool)).Verdict);
            string host = (await pool.GetAsync(good.Manifest!.Source.Major, good.Manifest.Requirements, RestoreScene.Token)).Host;
            info = (await SandboxServer.ListAsync(null, RestoreScene.Token)).Single(s => s.HostName == host);
            BackupRecord bad = await _scene.PutAsync(
                samples.Name(CompressionKind.Gzip), RestoreScene.Flip(samples.Data(CompressionKind.Gzip), samples.Data(CompressionKind.Gzip).Length / 2));
            Assert.Equal(VerificationVerdict.Failed, (await _scene.TestAsync(bad, VerificationLevel.Restore, pool)).Verdict);

            using var cancel = new CancellationTokenSource();
            var verifier = new BackupVerifier(pool, "test", TimeProvider.System, _scene.Warnings.Add);
            var stopping = new StopAtComparison(cancel);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => verifier.RunAsync(good, VerificationLevel.Restore, stopping, cancel.Token));
            Assert.Single(starts, s => s.StartsWith("Making"));
            Assert.True(ProcessTable.Runs(info.ProcessId));
        }

        Assert.False(ProcessTable.Runs(info.ProcessId));
        Assert.False(Directory.Exists(info.Directory));
        Assert.Empty(_scene.Warnings);
    }

    private async Task<BackupRecord> LackingAsync(string what)
    {
        RestoreSamples samples = await RestoreSamples.GetAsync(fixture.Server);
        byte[] data = await samples.WithIndexAsync(index => index with { Backup = Lacking(index.Backup, what) });
        return await _scene.PutAsync("lacking.sql.gz", data);
    }

    private static BackupManifest Lacking(BackupManifest backup, string what)
    {
        RequirementsRecord requirements = backup.Requirements;
        return what switch
        {
            "extension" => backup with { Requirements = requirements with { Extensions = [new ExtensionRequirement("postgis", "3.4")] } },
            "role" => backup with { Requirements = requirements with { Roles = [.. requirements.Roles, "nobody we know"] } },
            "tablespace" => backup with { Requirements = requirements with { Tablespaces = ["far away"] } },
            "locale" => backup with { Database = backup.Database with { Collate = "xx_YY.UTF-8", CType = "xx_YY.UTF-8" } },
            _ => backup with { Source = backup.Source with { ServerVersion = "99.1", ServerVersionNumber = 990001 } },
        };
    }

    /// <summary>One sandbox for the tests of this class.</summary>
    public sealed class Sandbox : IAsyncDisposable
    {
        public SandboxProofServer Server { get; } = new(null, null);

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }

    private sealed class Recorder(List<string> reports) : IProgress<string>
    {
        public void Report(string value) => reports.Add(value);
    }

    private sealed class StopAtComparison(CancellationTokenSource source) : IProgress<Core.OperationProgress>
    {
        public void Report(Core.OperationProgress value)
        {
            if (value.Status.StartsWith("Comparing", StringComparison.Ordinal))
                source.Cancel();
        }
    }
}
