using System.Diagnostics;
using System.Text.RegularExpressions;
using InMidst.Backup.Benchmarks.Data;
using InMidst.Backup.Benchmarks.Measuring;

namespace InMidst.Backup.Benchmarks.Contenders;

/// <summary>Ways to back a database up. Each leaves its last result in the workspace, for the restores.</summary>
internal sealed partial class BackupContenders(BenchmarkServer server, ModuleHost host, Workspace workspace, string database)
{
    /// <summary>The old script's file.</summary>
    public const string PipeFile = "pipe.sql.gz";

    /// <summary>The directory of pg_dump -Fd -Z1.</summary>
    public const string FastDirectory = "directory-1";

    /// <summary>The repository of our gzip backup.</summary>
    public const string GzipRepository = "ours-gzip";

    /// <summary>The repository of our Zstandard backup.</summary>
    public const string ZstdRepository = "ours-zstd";

    /// <summary>The script that is replaced: the one all others are compared with.</summary>
    public Contender Pipe => Line("pg_dump \\| gzip", PipeFile, file => $"pg_dump | gzip > {file}");

    /// <summary>pg_dump's directory format.</summary>
    public Contender Parallel(int jobs, int level) =>
        Line($"pg_dump -Fd -j{jobs} -Z{level}", $"directory-{level}", directory => $"pg_dump -Fd -j{jobs} -Z{level} -f {directory}");

    /// <summary>A single stream through Zstandard at its default level.</summary>
    public Contender PipeZstd => Line("pg_dump \\| zstd -T2", "pipe.sql.zst", file => $"pg_dump | zstd -q -T2 -o {file}");

    /// <summary>Ours.</summary>
    /// <param name="compression">A value of -Compression.</param>
    /// <param name="workers">Connections that read.</param>
    public Contender Ours(string compression, int workers)
    {
        string name = compression == "Zstd" ? ZstdRepository : GzipRepository;
        return new Contender($"Backup-MidstDatabase, {compression.ToLowerInvariant()}, {workers} workers", async token =>
        {
            string repository = workspace.Fresh(name);
            Measurement run = await host.RunAsync(OurCommand(repository, compression, workers), server, token);
            return run with { Size = Workspace.SizeOf(repository) };
        }) { IsOurs = true };
    }

    /// <summary>
    /// What the server alone takes: the statements of a backup of ours, in its order, on as many connections; the rows go to /dev/null.
    /// </summary>
    public Contender ServerOnly(int workers)
    {
        List<string>? statements = null;
        return new Contender($"the server alone, COPY to /dev/null, {workers} connections", async token =>
        {
            statements ??= await CaptureStatementsAsync(workers, token);
            double before = server.Cpu();
            var watch = Stopwatch.StartNew();
            await server.ExecuteAsync(database, statements, workers, token);
            return new Measurement(watch.Elapsed.TotalSeconds, null, server.Cpu() - before, null);
        });
    }

    private string OurCommand(string repository, string compression, int workers) =>
        $"Backup-MidstDatabase -Database {database} -Repository {ModuleHost.Quote(repository)} "
        + $"-Compression {compression} -ThrottleLimit {workers}";

    private Contender Line(string name, string result, Func<string, string> line) => new(name, async token =>
    {
        string path = workspace.Fresh(result);
        Measurement run = await MeasuredProcess.RunLineAsync(line(path), server, database, token);
        return run with { Size = Workspace.SizeOf(path) };
    });

    // The server's log tells them, whatever the module does to cut tables in pieces.
    private async Task<List<string>> CaptureStatementsAsync(int workers, CancellationToken cancellationToken)
    {
        int before = server.ReadLog().Length;
        await server.ExecuteAsync("postgres", $"ALTER DATABASE {database} SET log_statement = 'all'", cancellationToken);
        try
        {
            await host.RunAsync(OurCommand(workspace.Fresh("captured"), "Zstd", workers), server, cancellationToken);
        }
        finally
        {
            await server.ExecuteAsync("postgres", $"ALTER DATABASE {database} RESET log_statement", CancellationToken.None);
            workspace.Fresh("captured");
        }

        List<string> statements = [.. CopyOut().Matches(server.ReadLog()[before..]).Select(match => $"{match.Groups[1].Value} TO '/dev/null'")];
        return statements.Count > 0 ? statements : throw new BenchmarkException("The server's log has no COPY statements of ours.");
    }

    [GeneratedRegex(@"(?:statement|execute [^:]*): (COPY .+) TO STDOUT;?\s*$", RegexOptions.Multiline)]
    private static partial Regex CopyOut();
}
