using System.Collections.Concurrent;
using System.Globalization;
using InMidst.Backup.Benchmarks.Measuring;
using InMidst.Backup.Testing;
using Npgsql;

namespace InMidst.Backup.Benchmarks.Data;

/// <summary>The throwaway server with the databases that are measured. It is gone when this process is, however it ends.</summary>
internal sealed class BenchmarkServer : IAsyncDisposable
{
    /// <summary>
    /// What differs from a new cluster's settings; the same for all contenders. Durable as a server in use is; no checkpoint in a run
    /// that one of them would pay and the next not; no autovacuum that analyses behind a restore. A client that takes its part of
    /// shared_buffers for maintenance_work_mem gets no more than the others with two connections and from there on.
    /// </summary>
    public static readonly IReadOnlyDictionary<string, string> Settings = new Dictionary<string, string>
    {
        ["shared_buffers"] = "1GB",
        ["maintenance_work_mem"] = "512MB",
        ["max_wal_size"] = "16GB",
        ["checkpoint_timeout"] = "1h",
        ["autovacuum"] = "off",
        ["max_locks_per_transaction"] = "256",
        ["fsync"] = "on",
        ["synchronous_commit"] = "on",
        ["full_page_writes"] = "on",
        ["wal_level"] = "replica",
    };

    private readonly PostgresServer _server;
    private readonly int _postmaster;

    private BenchmarkServer(PostgresServer server)
    {
        _server = server;
        _postmaster = int.Parse(File.ReadLines(Path.Combine(server.DataDirectory, "postmaster.pid")).First(), CultureInfo.InvariantCulture);
    }

    /// <summary>The PG* variables that reach it.</summary>
    public IReadOnlyDictionary<string, string> Environment => _server.Environment;

    /// <summary>Directory of the pg_dump that fits it.</summary>
    public string ClientDirectory => _server.ClientDirectory;

    /// <summary>Makes the cluster and starts it.</summary>
    public static async Task<BenchmarkServer> StartAsync() => new(await PostgresServer.StartAsync(Settings));

    /// <summary>Seconds of CPU of all its processes since it was started.</summary>
    public double Cpu() => ProcessTree.CpuOfTree(_postmaster);

    /// <summary>What it has written to its log.</summary>
    public string ReadLog() => _server.ReadLog();

    /// <summary>Makes an empty database, in the place of one that has the name.</summary>
    public async Task CreateDatabaseAsync(string name, CancellationToken cancellationToken)
    {
        await DropDatabaseAsync(name, cancellationToken);
        await ExecuteAsync("postgres", $"CREATE DATABASE {name} TEMPLATE template0", cancellationToken);
    }

    /// <summary>Drops a database, if it is there, whoever is connected to it.</summary>
    public Task DropDatabaseAsync(string name, CancellationToken cancellationToken) =>
        ExecuteAsync("postgres", $"DROP DATABASE IF EXISTS {name} WITH (FORCE)", cancellationToken);

    /// <summary>Runs one statement that takes as long as it takes.</summary>
    public Task ExecuteAsync(string database, string sql, CancellationToken cancellationToken) =>
        ExecuteAsync(database, [sql], 1, cancellationToken);

    /// <summary>Runs statements on several connections, each taking the next one when it is done with the last.</summary>
    public async Task ExecuteAsync(string database, IEnumerable<string> statements, int connections, CancellationToken cancellationToken)
    {
        var queue = new ConcurrentQueue<string>(statements);
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(WorkAsync, cancellationToken)));

        async Task WorkAsync()
        {
            await using NpgsqlConnection connection = await ConnectAsync(database, cancellationToken);
            while (queue.TryDequeue(out string? sql))
            {
                await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
                await command.ExecuteNonQueryAsync(cancellationToken);
            }
        }
    }

    /// <summary>The first column of the first row, as text.</summary>
    public async Task<string> AskAsync(string database, string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await ConnectAsync(database, cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return Convert.ToString(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture) ?? "";
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task<NpgsqlConnection> ConnectAsync(string database, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = _server.Host,
            Port = _server.Port,
            Username = _server.UserName,
            Password = _server.Password,
            Database = database,
            Pooling = false,
        };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        return connection;
    }
}
