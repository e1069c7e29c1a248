using InMidst.Backup.Benchmarks.Data;
using InMidst.Backup.Benchmarks.Measuring;

namespace InMidst.Backup.Benchmarks.Contenders;

/// <summary>
/// Ways to restore what <see cref="BackupContenders"/> left into a new database. That all rows and indexes are there is looked at after
/// each run, and not measured.
/// </summary>
internal sealed class RestoreContenders(BenchmarkServer server, ModuleHost host, Workspace workspace, string database)
{
    private const string Target = "restored";

    // Our cmdlet makes the database, so the peers have to as well.
    private const string Create = $"createdb -T template0 {Target}";

    // Statistics are part of a restore: without them the first queries of users pay.
    private const string Analyze = "vacuumdb --analyze-only -q -j";

    // All rows of ordinary tables, then what hangs on them.
    private const string Summary = """
        SELECT concat_ws(' ',
            (SELECT sum((xpath('//c/text()', query_to_xml(format('SELECT count(*) AS c FROM %s', oid::regclass), true, true, '')))[1]::text::bigint)
             FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace) || ' rows',
            (SELECT count(*) FROM pg_class WHERE relkind = 'i' AND relnamespace = 'public'::regnamespace) || ' indexes',
            (SELECT count(*) FROM pg_constraint WHERE connamespace = 'public'::regnamespace) || ' constraints')
        """;

    private string? _expected;

    /// <summary>The manual restore: the one all others are compared with.</summary>
    public Contender Pipe => Line("gunzip \\| psql, ANALYZE", () =>
        $"{Create} && gunzip -c {Input(BackupContenders.PipeFile)} | psql -X -q -v ON_ERROR_STOP=1 -o /dev/null && {Analyze} 1");

    /// <summary>pg_restore from the directory format.</summary>
    public Contender Parallel(int jobs) => Line($"pg_restore -j{jobs}, ANALYZE", () =>
        $"{Create} && pg_restore -e -d {Target} -j{jobs} {Input(BackupContenders.FastDirectory)} && {Analyze} {jobs}");

    /// <summary>Ours.</summary>
    /// <param name="repository">The repository a backup contender left.</param>
    /// <param name="label">What the table shows of it.</param>
    /// <param name="workers">Connections that load.</param>
    public Contender Ours(string repository, string label, int workers) => FromRepository(() => Input(repository), label, workers);

    /// <summary>Ours, from any repository.</summary>
    /// <param name="repository">Tells it, once it is there.</param>
    /// <param name="label">What the table shows of it.</param>
    /// <param name="workers">Connections that load.</param>
    public Contender FromRepository(Func<string> repository, string label, int workers) => new($"Restore-MidstDatabase, {label}, {workers} workers, ANALYZE", async token =>
    {
        await PrepareAsync(token);
        Measurement run = await host.RunAsync(
            $"Restore-MidstDatabase -Database {database} -Latest -Repository {ModuleHost.Quote(repository())} -TargetDatabase {Target} -ThrottleLimit {workers}",
            server,
            token);
        await CheckAsync(token);
        return run;
    }) { IsOurs = true };

    /// <summary>A test by a restore into a throwaway server, and the comparison of all rows.</summary>
    public Contender Test(string repository, string label) => new($"Test-MidstBackup -Level Restore, {label}", token => host.RunAsync(
        $"Get-MidstBackup -Repository {ModuleHost.Quote(Input(repository))} -Latest | Test-MidstBackup -Level Restore",
        server,
        token,
        check: "if ($result.Verdict -ne 'Passed') { throw $result.Failures }")) { IsOurs = true };

    /// <summary>Drops what the last restore left.</summary>
    public Task CleanUpAsync(CancellationToken cancellationToken) => server.DropDatabaseAsync(Target, cancellationToken);

    private Contender Line(string name, Func<string> line) => new(name, async token =>
    {
        string command = line();
        await PrepareAsync(token);
        Measurement run = await MeasuredProcess.RunLineAsync(command, server, Target, token);
        await CheckAsync(token);
        return run;
    });

    private string Input(string name)
    {
        string path = workspace.At(name);
        return File.Exists(path) || Directory.Exists(path) ? path : throw new BenchmarkException($"The backup that would be restored ('{name}') failed.");
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        _expected ??= await server.AskAsync(database, Summary, cancellationToken);
        await server.DropDatabaseAsync(Target, cancellationToken);
        await server.ExecuteAsync("postgres", "CHECKPOINT", cancellationToken);
    }

    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        string found = await server.AskAsync(Target, Summary, cancellationToken);
        if (found != _expected)
            throw new BenchmarkException($"The restored database is not the one that was backed up: {found} instead of {_expected}.");
    }
}
