using System.Globalization;
using InMidst.Backup.Benchmarks.Contenders;
using InMidst.Backup.Benchmarks.Data;
using InMidst.Backup.Benchmarks.Measuring;
using InMidst.Backup.Benchmarks.Reports;

namespace InMidst.Backup.Benchmarks.Scenarios;

/// <summary>What all scenarios stand on: the server, the directory of results, the host and what it takes when idle.</summary>
internal sealed class Bench(BenchmarkOptions options, BenchmarkServer server, Workspace workspace)
{
    /// <summary>What was asked for.</summary>
    public BenchmarkOptions Options => options;

    /// <summary>The server.</summary>
    public BenchmarkServer Server => server;

    /// <summary>The host that only imports the module and connects.</summary>
    public Series Idle { get; } = new(new Contender(
        "idle host", token => new ModuleHost(options, workspace.Path).RunAsync("Get-MidstDatabase", server, token)) { IsOurs = true });

    /// <summary>Ways to back a database up.</summary>
    public BackupContenders Backups(string database) => new(server, new ModuleHost(options, workspace.Path), workspace, database);

    /// <summary>Ways to restore what was backed up of it.</summary>
    public RestoreContenders Restores(string database) => new(server, new ModuleHost(options, workspace.Path), workspace, database);

    /// <summary>Ways of a backup into a bucket and back.</summary>
    public S3Contenders S3(string database, BenchmarkBucket bucket) => new(server, new ModuleHost(options, workspace.Path), workspace, database, bucket);

    /// <summary>Makes a database; a dump of it that is thrown away has all of it read once.</summary>
    /// <returns>Bytes of its rows as COPY text, with the little else that a dump of data has.</returns>
    public async Task<long> BuildAsync(DataSet data, string database, CancellationToken cancellationToken)
    {
        await data.BuildAsync(server, database, cancellationToken);
        (_, string output) = await MeasuredProcess.RunAsync("bash", ["-c", "set -o pipefail; pg_dump --data-only | wc -c"], server, database, cancellationToken);
        long size = long.Parse(output.Trim(), CultureInfo.InvariantCulture);
        string onDisk = await server.AskAsync("postgres", $"SELECT pg_size_pretty(pg_database_size('{database}'))", cancellationToken);
        Progress.Say(string.Create(CultureInfo.InvariantCulture, $"database {database}: {size / 1e9:0.000} GB of COPY text, {onDisk} on disk"));
        return size;
    }

    /// <summary>Runs contenders in turn as often as was asked for.</summary>
    /// <param name="contenders">The first is the one the others are compared with.</param>
    /// <param name="tables">Takes the results when it is over, also after an interruption.</param>
    /// <param name="title">Line above the table.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task MeasureAsync(IEnumerable<Contender> contenders, ICollection<string> tables, string title, CancellationToken cancellationToken)
    {
        Progress.Say(title);
        Series[] series = [.. contenders.Select(contender => new Series(contender))];
        try
        {
            await new Rounds(server, options.Rounds).RunAsync(series, cancellationToken);
        }
        finally
        {
            tables.Add($"{title}\n\n{ResultTable.Write(series, Idle)}");
        }
    }
}
