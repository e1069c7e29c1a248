using System.Diagnostics;

namespace InMidst.Backup.Testing;

/// <summary>
/// A small shell that owns one server's directory and processes. It obeys one command a line, and when its standard input ends (on
/// disposal, or because this process died, kill -9 included) it stops the server and removes the directory.
/// </summary>
internal sealed class PostgresWatcher : IAsyncDisposable
{
    // /tmp and a short name: the path of a Unix socket has room for about 100 bytes.
    // The password comes by standard input, so that it is on no command line.
    // Interrupts are ignored: after Ctrl-C the pipe ends as well, and cleaning up must not be cut short.
    private const string Script = """
        umask 077
        trap '' INT TERM HUP
        bin=$1
        dir=$(mktemp -d /tmp/midst-pg-XXXXXX) || exit 1
        mkdir "$dir/s"
        echo "$dir"
        while read -r command argument; do
          case $command in
            init)
              read -r password
              printf '%s\n' "$password" >"$dir/password"
              "$bin/initdb" -D "$dir/data" -U "$argument" --pwfile="$dir/password" -A scram-sha-256 \
                --encoding=UTF8 --locale=C --no-sync >"$dir/initdb.log" 2>&1 </dev/null
              status=$?
              rm "$dir/password" ;;
            clone)
              read -r password
              PGPASSWORD=$password "$bin/pg_basebackup" -D "$dir/data" -d "$argument" -R -X stream -c fast --no-sync \
                >"$dir/initdb.log" 2>&1 </dev/null
              status=$? ;;
            promote)
              "$bin/pg_ctl" promote -D "$dir/data" -s -w -t 60 >"$dir/pg_ctl.log" 2>&1 </dev/null
              status=$? ;;
            start)
              "$bin/pg_ctl" start -D "$dir/data" -l "$dir/server.log" -s -w -t 60 >"$dir/pg_ctl.log" 2>&1 </dev/null
              status=$? ;;
            stop)
              "$bin/pg_ctl" stop -D "$dir/data" -m "$argument" -s -w -t 60 >"$dir/pg_ctl.log" 2>&1 </dev/null
              status=$? ;;
          esac
          echo "$status"
        done
        if [ -f "$dir/data/postmaster.pid" ]; then
          memory=$(sed -n 7p "$dir/data/postmaster.pid")
          "$bin/pg_ctl" stop -D "$dir/data" -m immediate -s -w >/dev/null 2>&1 || ipcrm -m "${memory##* }" 2>/dev/null
        fi
        rm -rf "$dir"
        """;

    private readonly Process _shell;

    private PostgresWatcher(Process shell, string directory) => (_shell, Directory) = (shell, directory);

    /// <summary>The directory of everything that belongs to the server.</summary>
    public string Directory { get; }

    /// <summary>Starts the shell, as nobody where this process is root: PostgreSQL refuses to run as root.</summary>
    public static async Task<PostgresWatcher> StartAsync(string binDirectory)
    {
        if (OperatingSystem.IsWindows())
            throw new PostgresServerException("The PostgreSQL fixture needs a POSIX shell.");

        var start = new ProcessStartInfo("/bin/sh")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = "/",
        };
        foreach (string argument in new[] { "-c", Script, "midst-pg-watcher", binDirectory })
            start.ArgumentList.Add(argument);
        foreach (string variable in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(variable);
        if (Environment.IsPrivilegedProcess)
            start.UserName = "nobody";

        Process shell = Process.Start(start)!;
        string directory = await shell.StandardOutput.ReadLineAsync()
            ?? throw new PostgresServerException("No directory for the server could be made under /tmp.");
        return new PostgresWatcher(shell, directory);
    }

    /// <summary>Gives one command and waits until it is done.</summary>
    /// <returns>The exit code of the program that did it.</returns>
    public async Task<int> CommandAsync(params string[] lines)
    {
        foreach (string line in lines)
            await _shell.StandardInput.WriteLineAsync(line);
        await _shell.StandardInput.FlushAsync();
        return await _shell.StandardOutput.ReadLineAsync() is { } status
            ? int.Parse(status)
            : throw new PostgresServerException("The shell that watches over the server is gone.");
    }

    /// <summary>What a program wrote, for messages.</summary>
    public string ReadLog(string name) =>
        File.Exists(Path.Combine(Directory, name)) ? File.ReadAllText(Path.Combine(Directory, name)) : "";

    /// <summary>Stops the server and removes the directory.</summary>
    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
    }
}
