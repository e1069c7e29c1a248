using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace InMidst.Backup.Testing;

/// <summary>
/// A real PostgreSQL server of its own: a new cluster in a temporary directory, on a Unix socket and a free loopback port, with scram
/// passwords. It shares no code with the product and is asked only through psql and its siblings. It and its directory are gone after
/// disposal, and also when the test process is killed.
/// </summary>
public sealed partial class PostgresServer : IAsyncDisposable
{
    private static readonly (string Name, string Value)[] DefaultSettings =
    [
        ("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off"), ("wal_level", "logical"),
        ("listen_addresses", "127.0.0.1"), ("jit", "off"), ("log_line_prefix", "%m [%p] %u@%d "),
        // In the data directory, where it goes away with it, even after kill -9.
        ("dynamic_shared_memory_type", "mmap"),
    ];

    private readonly PostgresWatcher _watcher;

    private PostgresServer(PostgresWatcher watcher, string binDirectory, string clientDirectory, int major)
    {
        (_watcher, ClientDirectory) = (watcher, clientDirectory);
        (BinDirectory, Major) = (binDirectory, major);
        Password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    }

    /// <summary>Directory of the Unix socket.</summary>
    public string Host => Path.Combine(_watcher.Directory, "s");

    /// <summary>The address of the same server for TCP.</summary>
    public string LoopbackHost => "127.0.0.1";

    /// <summary>Port of the TCP listener, and number of the socket.</summary>
    public int Port { get; private set; }

    /// <summary>The superuser.</summary>
    public string UserName => "postgres";

    /// <summary>The superuser's password.</summary>
    public string Password { get; private init; }

    /// <summary>Major version of the server.</summary>
    public int Major { get; }

    /// <summary>Directory of the server's programs.</summary>
    public string BinDirectory { get; }

    /// <summary>Directory of the psql and pg_dump that fit the server.</summary>
    public string ClientDirectory { get; }

    /// <summary>The cluster's data directory.</summary>
    public string DataDirectory => Path.Combine(_watcher.Directory, "data");

    /// <summary>The PG* variables with which a child process reaches the server through its socket.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["PGHOST"] = Host,
        ["PGPORT"] = Port.ToString(),
        ["PGUSER"] = UserName,
        ["PGPASSWORD"] = Password,
        ["PGDATABASE"] = "postgres",
        ["PGPASSFILE"] = "/dev/null/none",
        ["PGCLIENTENCODING"] = "UTF8",
    };

    /// <summary>Makes a cluster and starts its server; comes back when it accepts connections.</summary>
    /// <param name="settings">Lines of postgresql.conf that come last, such as <c>max_connections</c> = <c>20</c>.</param>
    /// <exception cref="PostgresServerException">No programs, or the server does not start; the message holds its log.</exception>
    public static async Task<PostgresServer> StartAsync(IReadOnlyDictionary<string, string>? settings = null)
    {
        string programs = PostgresPrograms.FindServer();
        return await StartAsync(programs, PostgresPrograms.FindClient(programs), await ReadMajorAsync(programs), settings);
    }

    /// <summary>Makes a cluster of one major version and starts its server.</summary>
    /// <exception cref="PostgresServerException">The server does not start; the message holds its log.</exception>
    public static Task<PostgresServer> StartAsync(PostgresMajor major, IReadOnlyDictionary<string, string>? settings = null) =>
        StartAsync(major.ServerDirectory, major.ClientDirectory, major.Number, settings);

    /// <summary>Runs SQL with psql, stopping at the first error.</summary>
    /// <returns>Rows as lines, columns separated by <c>|</c>, without headers and without the last line end.</returns>
    public async Task<string> PsqlAsync(string database, string sql)
    {
        byte[] output = await PsqlAsync(database, ["-A", "-t"], input => input.WriteAsync(Encoding.UTF8.GetBytes(sql)).AsTask());
        return Encoding.UTF8.GetString(output).TrimEnd('\n');
    }

    /// <summary>Runs a script file with psql, stopping at the first error.</summary>
    public Task PsqlFileAsync(string database, string path) => PsqlAsync(database, ["-f", path], input: null);

    /// <summary>The manual restore: <c>gunzip -c file | psql -v ON_ERROR_STOP=1</c>. Both programs must succeed.</summary>
    public async Task RestoreThroughPsqlAsync(string database, string gzFile)
    {
        var start = new ProcessStartInfo("gunzip", ["-c", gzFile]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process gunzip = Process.Start(start)!;
        Task<string> errors = gunzip.StandardError.ReadToEndAsync();
        await PsqlAsync(database, [], input => gunzip.StandardOutput.BaseStream.CopyToAsync(input));
        await gunzip.WaitForExitAsync();
        if (gunzip.ExitCode != 0)
            throw new PostgresServerException($"gunzip ended with {gunzip.ExitCode}: {(await errors).Trim()}");
    }

    /// <summary>Runs pg_dump on a database.</summary>
    /// <returns>What it wrote to standard output.</returns>
    public async Task<string> PgDumpAsync(string database, params string[] arguments) =>
        Encoding.UTF8.GetString(await PgDumpBytesAsync(database, arguments));

    /// <summary>Runs pg_dump, in UTC, on a database whose text may be no UTF-8; name its encoding in the arguments.</summary>
    /// <returns>What it wrote to standard output.</returns>
    public Task<byte[]> PgDumpBytesAsync(string database, params string[] arguments) =>
        ClientProgram.RunAsync(Path.Combine(ClientDirectory, "pg_dump"), arguments, new Dictionary<string, string>(EnvironmentFor(database)) { ["PGTZ"] = "UTC" });

    /// <summary>Runs pg_dumpall, in UTC.</summary>
    /// <returns>What it wrote to standard output.</returns>
    public async Task<string> PgDumpAllAsync(params string[] arguments) => Encoding.UTF8.GetString(await ClientProgram.RunAsync(
        Path.Combine(ClientDirectory, "pg_dumpall"), arguments, new Dictionary<string, string>(Environment) { ["PGTZ"] = "UTC" }));

    /// <summary>Makes a database.</summary>
    /// <param name="name">Its name, taken literally.</param>
    /// <param name="options">What follows in CREATE DATABASE, such as <c>TEMPLATE template0 ENCODING 'LATIN1'</c>.</param>
    public Task CreateDatabaseAsync(string name, string options = "") =>
        PsqlAsync("postgres", $"CREATE DATABASE \"{name.Replace("\"", "\"\"")}\" {options}");

    /// <summary>Everything the server has written to its log so far.</summary>
    public string ReadLog() => _watcher.ReadLog("server.log");

    /// <summary>Stops the server and waits until it has stopped; the cluster stays.</summary>
    /// <param name="mode">pg_ctl's mode: smart, fast or immediate.</param>
    public async Task StopAsync(string mode = "fast")
    {
        if (await _watcher.CommandAsync($"stop {mode}") != 0)
            throw new PostgresServerException($"pg_ctl stop failed: {_watcher.ReadLog("pg_ctl.log")}");
    }

    /// <summary>Starts the same cluster again on the same port, after <see cref="StopAsync"/> or <see cref="KillAsync"/>.</summary>
    public async Task StartAgainAsync()
    {
        if (await _watcher.CommandAsync("start") != 0)
            throw new PostgresServerException($"The server does not start: {_watcher.ReadLog("pg_ctl.log")}{ReadLog()}");
    }

    /// <summary>Kills the postmaster with SIGKILL, as a crash would, and waits until all its processes are gone.</summary>
    public async Task KillAsync()
    {
        string postmaster = File.ReadLines(Path.Combine(DataDirectory, "postmaster.pid")).First();
        List<Process> processes = [Process.GetProcessById(int.Parse(postmaster)), .. await ChildrenAsync(postmaster)];
        processes[0].Kill();
        foreach (Process process in processes)
        {
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    /// <summary>Stops the server at once and removes everything it had.</summary>
    public ValueTask DisposeAsync() => _watcher.DisposeAsync();

    private static async Task<PostgresServer> StartAsync(
        string programs, string clientPrograms, int major, IReadOnlyDictionary<string, string>? settings)
    {
        PostgresWatcher watcher = await PostgresWatcher.StartAsync(programs);
        var server = new PostgresServer(watcher, programs, clientPrograms, major);
        try
        {
            await server.InitialiseAsync(settings ?? new Dictionary<string, string>());
            await server.StartOnFreePortAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private async Task<List<Process>> ChildrenAsync(string parent)
    {
        // Where there is /proc it tells; ps is a package of its own on Debian.
        IEnumerable<string[]> pairs = Directory.Exists("/proc/self")
            ? Directory.EnumerateDirectories("/proc").Where(d => char.IsAsciiDigit(d[^1])).Select(ParentOf).OfType<string[]>()
            : Encoding.ASCII.GetString(await ClientProgram.RunAsync("ps", ["-A", "-o", "pid=", "-o", "ppid="], Environment))
                .Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(fields => fields.Length == 2);
        return [.. pairs.Where(pair => pair[1] == parent).Select(pair => TryFind(int.Parse(pair[0]))).OfType<Process>()];
    }

    private static string[]? ParentOf(string directory)
    {
        try
        {
            // proc(5): the program's name stands in parentheses and may hold anything; state and parent follow the last one.
            string stat = File.ReadAllText(Path.Combine(directory, "stat"));
            return [Path.GetFileName(directory), stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1]];
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static Process? TryFind(int id)
    {
        try
        {
            return Process.GetProcessById(id);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static async Task<int> ReadMajorAsync(string programs)
    {
        byte[] version = await ClientProgram.RunAsync(Path.Combine(programs, "postgres"), ["--version"], new Dictionary<string, string>());
        string number = Encoding.ASCII.GetString(version).Split(' ', StringSplitOptions.RemoveEmptyEntries)[2];
        return int.Parse(new string(number.TakeWhile(char.IsAsciiDigit).ToArray()));
    }

    private async Task InitialiseAsync(IReadOnlyDictionary<string, string> settings)
    {
        if (await _watcher.CommandAsync($"init {UserName}", Password) != 0)
            throw new PostgresServerException($"initdb failed: {_watcher.ReadLog("initdb.log")}");

        await ConfigureAsync([.. DefaultSettings, ("unix_socket_directories", Host), .. settings.Select(setting => (setting.Key, setting.Value))]);
    }

    private Task ConfigureAsync(IEnumerable<(string Name, string Value)> settings) => File.AppendAllLinesAsync(
        Path.Combine(DataDirectory, "postgresql.conf"), settings.Select(setting => $"{setting.Name} = '{setting.Value.Replace("'", "''")}'"));

    private async Task StartOnFreePortAsync()
    {
        const int Attempts = 5;
        for (int attempt = 1; ; attempt++)
        {
            Port = LoopbackPort.FindFree();
            await File.AppendAllTextAsync(Path.Combine(DataDirectory, "postgresql.conf"), $"port = {Port}\n");
            if (await _watcher.CommandAsync("start") == 0)
                return;

            // Between our look and the server's start another process may have taken the port.
            if (attempt == Attempts || !ReadLog().Contains("could not bind", StringComparison.Ordinal))
                throw new PostgresServerException($"The server does not start: {_watcher.ReadLog("pg_ctl.log")}{ReadLog()}");
        }
    }

    private Task<byte[]> PsqlAsync(string database, string[] arguments, Func<Stream, Task>? input) =>
        ClientProgram.RunAsync(
            Path.Combine(ClientDirectory, "psql"), [.. arguments, "-X", "-q", "-v", "ON_ERROR_STOP=1"], EnvironmentFor(database), input);

    private Dictionary<string, string> EnvironmentFor(string database) => new(Environment) { ["PGDATABASE"] = database };
}
