using InMidst.Backup.Core.Processes;
using InMidst.Backup.Postgres.Installations;

namespace InMidst.Backup.Postgres.Sandbox;

/// <summary>
/// Ends a sandbox when the process that made it ends, in whatever way. On Unix a small shell process reads from a pipe whose
/// other end only we hold; when we are gone, kill -9 included, it reads the end of the file, stops the server and deletes
/// the directory. It runs in a session of its own where setsid exists, and ignores what a console or a service manager
/// sends to whole groups of processes. On Windows the server is put into a job object that dies with our handle on it;
/// the directory then stays until the next sandbox is started.
/// </summary>
internal sealed class SandboxKeeper : IAsyncDisposable
{
    // Without the word on the pipe (we were killed) an initdb or pg_ctl of ours may still be at work: the directory counts
    // as gone only when it was seen gone three times. A server that loses its directory before it has its pid file gives up.
    private const string KeeperScript = """
        exec >/dev/null 2>&1
        trap '' HUP INT QUIT TERM
        dir=$1 data=$1/pg/data pg_ctl=$2 calm=0 round=0
        while read -r word; do [ "$word" != orderly ] || calm=2; done
        while [ $calm -lt 3 ] && [ $round -lt 100 ]; do
          round=$((round + 1))
          pid=$(head -n 1 "$data/postmaster.pid")
          if [ -n "$pid" ] && { [ ! -e /proc/self/cwd ] || [ "/proc/$pid/cwd" -ef "$data" ]; }; then
            "$pg_ctl" stop -s -m immediate -t 15 -D "$data" || kill -9 "$pid"
          fi
          if [ -e "$data" ]; then rm -rf "$dir/pg"; fi
          if [ -e "$data" ]; then calm=0; else calm=$((calm + 1)); fi
          [ $calm -ge 3 ] || sleep 0.1 || sleep 1
        done
        rm -rf "$dir"
        """;

    // As root the keeper runs as the server's account, so that nothing a restored dump may do turns root's signals or
    // deletions on others. That account cannot remove the directory itself, which is ours: this one, as root, does that.
    private const string SweeperScript = """
        exec >/dev/null 2>&1
        trap '' HUP INT QUIT TERM
        dir=$1 round=0
        while read -r word; do :; done
        while [ -e "$dir/pg/data" ] && [ $round -lt 300 ]; do round=$((round + 1)); sleep 0.1 || sleep 1; done
        rm -rf "$dir"
        """;

    private static readonly string[] SetsidPlaces = ["/usr/bin/setsid", "/bin/setsid"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<ChildProcess> _children = [];
    private WindowsJob? _job;

    private SandboxKeeper()
    {
    }

    /// <summary>The processes that wait for our end.</summary>
    public IReadOnlyList<ProcessIdentity> Identities =>
        [.. _children.Select(child => ProcessIdentity.Of(child.ProcessId)).OfType<ProcessIdentity>()];

    /// <summary>Starts keeping. From here on the directory is gone when we are.</summary>
    public static SandboxKeeper Start(SandboxDirectory directory, SandboxAccount account, PostgresInstallation installation)
    {
        var keeper = new SandboxKeeper();
        if (OperatingSystem.IsWindows())
        {
            keeper._job = WindowsJob.Create();
            return keeper;
        }
        // The sweeper first: alone it already takes the directory away, should the keeper not start.
        ChildProcess? sweeper = account.UserName is null
            ? null
            : StartShell(SweeperScript, [directory.Path], SandboxAccount.Recorded(null));
        keeper._children.Add(StartShell(KeeperScript, [directory.Path, installation.Program("pg_ctl")], account));
        if (sweeper is not null)
            keeper._children.Add(sweeper);
        return keeper;
    }

    /// <summary>Takes a process that starts the server into the job, on Windows; elsewhere the pid file is enough.</summary>
    public void Adopt(ChildProcess child)
    {
        if (OperatingSystem.IsWindows())
            _job?.Assign(child.Handle);
    }

    /// <summary>Lets go: the server is stopped and the directory deleted when this returns, or the keepers were killed.</summary>
    /// <param name="orderly">Nothing of ours is at work in the directory any more.</param>
    public async Task ReleaseAsync(bool orderly)
    {
        foreach (ChildProcess child in _children)
        {
            using var limit = new CancellationTokenSource(Patience);
            try
            {
                if (orderly)
                    await child.StandardInput.WriteAsync("orderly\n"u8.ToArray(), CancellationToken.None).ConfigureAwait(false);
                await child.StandardInput.DisposeAsync().ConfigureAwait(false);
                await child.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // Somebody killed it, or it hangs and is killed now; the caller looks whether the directory is gone.
            }
        }
        await DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ChildProcess child in _children)
            await child.DisposeAsync().ConfigureAwait(false);
        if (OperatingSystem.IsWindows())
            _job?.Dispose();
    }

    private static ChildProcess StartShell(string script, string[] parameters, SandboxAccount account)
    {
        string? setsid = Array.Find(SetsidPlaces, File.Exists);
        string[] arguments = ["-c", script, "midst-sandbox", .. parameters];
        ChildProcessOptions plain = setsid is null
            ? account.Program(UnixShell.Path, arguments)
            : account.Program(setsid, [UnixShell.Path, .. arguments]);
        return ChildProcess.Start(new ChildProcessOptions
        {
            FileName = plain.FileName,
            Arguments = plain.Arguments,
            Environment = plain.Environment,
            RemoveEnvironmentPrefix = plain.RemoveEnvironmentPrefix,
            UserName = plain.UserName,
            WorkingDirectory = plain.WorkingDirectory,
            KeepStandardInput = true,
        });
    }
}
