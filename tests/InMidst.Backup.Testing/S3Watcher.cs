using System.Diagnostics;

namespace InMidst.Backup.Testing;

/// <summary>
/// A small shell that owns the directory and the daemons of one S3 server. It obeys one command a line, and when its standard
/// input ends (on disposal, or because this process died, kill -9 included) it kills the daemons and removes the directory.
/// </summary>
internal sealed class S3Watcher : IAsyncDisposable
{
    // /tmp and a short name: the path of a daemon's admin socket has room for about 100 bytes.
    // Arguments are separated by blanks and hold none. Contents of files come by standard input, so that no secret is on a command line.
    // Interrupts are ignored: after Ctrl-C the pipe ends as well, and cleaning up must not be cut short.
    // A number is only killed while it still is a child of this shell.
    private const string Script = """
        umask 077
        set -f
        trap '' INT TERM HUP
        dir=$(mktemp -d /tmp/midst-s3-XXXXXX) || exit 1
        export HOME="$dir"
        echo "$dir"
        kill_ours() {
          if grep -q "^PPid:[[:space:]]*$$\$" "/proc/$1/status" 2>/dev/null; then kill "-$2" "$1"; fi
        }
        daemons=
        while read -r command name rest; do
          status=0
          case $command in
            write)
              while read -r line && [ -n "$line" ]; do printf '%s\n' "$line"; done >"$dir/$name" ;;
            run)
              $rest >"$dir/$name.out" 2>"$dir/$name.err" </dev/null
              status=$? ;;
            start)
              $rest >>"$dir/$name.out" 2>>"$dir/$name.err" </dev/null &
              status=$!
              daemons="$daemons $status" ;;
            wait)
              wait "$name" 2>/dev/null
              status=$? ;;
            signal)
              kill_ours "$name" "$rest" ;;
          esac
          echo "$status"
        done
        for daemon in $daemons; do kill_ours "$daemon" KILL; done
        { wait; } 2>/dev/null
        rm -rf "$dir"
        """;

    private readonly Process _shell;
    private readonly SemaphoreSlim _oneAtATime = new(1);

    private S3Watcher(Process shell, string directory) => (_shell, Directory) = (shell, directory);

    /// <summary>The directory of everything that belongs to the server.</summary>
    public string Directory { get; }

    /// <summary>Starts the shell, as nobody where this process is root: no test needs a server with more rights.</summary>
    public static async Task<S3Watcher> StartAsync()
    {
        if (!OperatingSystem.IsLinux())
            throw new S3ServerException("The S3 fixture needs Linux: it starts the daemons of Ceph.");

        var start = new ProcessStartInfo("/bin/sh", ["-c", Script, "midst-s3-watcher"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = "/",
        };
        foreach (string variable in start.Environment.Keys.Where(name => name.StartsWith("CEPH", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(variable);
        start.Environment["LC_ALL"] = "C.UTF-8";
        if (Environment.IsPrivilegedProcess)
            start.UserName = "nobody";

        Process shell = Process.Start(start)!;
        string directory = await shell.StandardOutput.ReadLineAsync()
            ?? throw new S3ServerException("No directory for the server could be made under /tmp.");
        return new S3Watcher(shell, directory);
    }

    /// <summary>Writes a file of the directory, readable by the daemons only.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="text">Its lines, none of them empty.</param>
    public Task WriteAsync(string name, string text) => CommandAsync($"write {name}\n{text.TrimEnd('\n')}\n");

    /// <summary>Runs a program to its end.</summary>
    /// <param name="name">Names its output: <c>name.out</c> and <c>name.err</c>.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="S3ServerException">It failed; the message holds what it wrote.</exception>
    public async Task<string> RunAsync(string name, string command)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            int status = await ExchangeAsync($"run {name} timeout 60 {command}");
            return status == 0
                ? ReadLog(name + ".out")
                : throw new S3ServerException($"'{command}' ended with {status}: {ReadLog(name + ".out")}{ReadLog(name + ".err")}");
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>Starts a program that is killed at the end, and does not wait for it.</summary>
    /// <returns>Its process number.</returns>
    public Task<int> StartAsync(string name, string command) => CommandAsync($"start {name} {command}");

    /// <summary>Waits until a program has ended that <see cref="StartAsync(string, string)"/> started.</summary>
    /// <returns>Its exit code; 128 and the signal's number where it was killed.</returns>
    public Task<int> WaitAsync(int processId) => CommandAsync($"wait {processId}");

    /// <summary>Sends a signal to a program that <see cref="StartAsync(string, string)"/> started, if it still runs.</summary>
    /// <param name="processId">Its process number.</param>
    /// <param name="signal">The signal's name: KILL, STOP, CONT.</param>
    public Task SignalAsync(int processId, string signal) => CommandAsync($"signal {processId} {signal}");

    /// <summary>What a program wrote, for messages.</summary>
    public string ReadLog(string name) =>
        File.Exists(Path.Combine(Directory, name)) ? File.ReadAllText(Path.Combine(Directory, name)) : "";

    /// <summary>Kills the daemons and removes the directory.</summary>
    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
        _oneAtATime.Dispose();
    }

    private async Task<int> CommandAsync(string lines)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            return await ExchangeAsync(lines);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private async Task<int> ExchangeAsync(string lines)
    {
        await _shell.StandardInput.WriteAsync(lines + "\n");
        await _shell.StandardInput.FlushAsync();
        return await _shell.StandardOutput.ReadLineAsync() is { } status
            ? int.Parse(status)
            : throw new S3ServerException("The shell that watches over the server is gone.");
    }
}
