using System.Diagnostics;

namespace InMidst.Backup.Testing;

/// <summary>
/// A real PgBouncer before a server, on a free loopback port; it lets everybody in. It and its directory are gone after
/// disposal, and also when the test process is killed.
/// </summary>
public sealed class PgBouncer : IAsyncDisposable
{
    private const string Script = """
        umask 077
        trap '' INT TERM HUP
        dir=$(mktemp -d /tmp/midst-pb-XXXXXX) || exit 1
        echo "$dir"
        while read -r line && [ -n "$line" ]; do printf '%s\n' "$line"; done >"$dir/pgbouncer.ini"
        "$1" "$dir/pgbouncer.ini" >"$dir/log" 2>&1 </dev/null &
        pooler=$!
        while [ ! -S "$dir/.s.PGSQL.$2" ] && kill -0 "$pooler" 2>/dev/null; do sleep 0.05; done
        echo started
        read -r ended
        kill -9 "$pooler" 2>/dev/null
        { wait "$pooler"; } 2>/dev/null
        rm -rf "$dir"
        """;

    private readonly Process _shell;

    private PgBouncer(Process shell, int port) => (_shell, Port) = (shell, port);

    /// <summary>Where it listens, on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Starts it; comes back when it accepts connections.</summary>
    /// <param name="server">The server behind it.</param>
    /// <param name="mode">PgBouncer's pool_mode.</param>
    /// <param name="settings">Further lines of the section [pgbouncer].</param>
    /// <exception cref="PostgresServerException">It is not installed or does not start; the message holds its log.</exception>
    public static async Task<PgBouncer> StartAsync(PostgresServer server, string mode, params string[] settings)
    {
        int port = LoopbackPort.FindFree();
        Process shell = Process.Start(Describe(port))!;
        string directory = (await shell.StandardOutput.ReadLineAsync())!;
        var pooler = new PgBouncer(shell, port);
        string[] lines =
        [
            "[databases]", $"* = host={server.Host} port={server.Port} user={server.UserName} password={server.Password}",
            "[pgbouncer]", "listen_addr = 127.0.0.1", $"listen_port = {port}", $"unix_socket_dir = {directory}", "auth_type = any",
            $"pool_mode = {mode}", .. settings,
        ];
        await shell.StandardInput.WriteLineAsync(string.Join('\n', lines) + "\n");
        await shell.StandardInput.FlushAsync();
        await shell.StandardOutput.ReadLineAsync();
        if (File.Exists(Path.Combine(directory, ".s.PGSQL." + port)))
            return pooler;
        string log = await File.ReadAllTextAsync(Path.Combine(directory, "log"));
        await pooler.DisposeAsync();
        throw new PostgresServerException($"PgBouncer does not start: {log}");
    }

    /// <summary>Ends it and removes its directory.</summary>
    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
    }

    private static ProcessStartInfo Describe(int port)
    {
        string program = new[] { "/usr/sbin" }.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
            .Select(directory => Path.Combine(directory, "pgbouncer")).FirstOrDefault(File.Exists)
            ?? throw new PostgresServerException("The tests of poolers need PgBouncer (Debian: apt-get install pgbouncer).");
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script, "midst-pgbouncer-watcher", program, port.ToString()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = "/",
        };
        if (Environment.IsPrivilegedProcess)
            start.UserName = "nobody"; // as the server; PgBouncer too refuses to run as root
        return start;
    }
}
