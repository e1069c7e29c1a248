using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Processes;

namespace InMidst.Backup.Postgres.Sandbox;

/// <summary>The account a sandbox server runs as, and how programs are started under it.</summary>
internal sealed class SandboxAccount
{
    private const string DefaultForRoot = "nobody";

    // A restored dump may run programs in the sandbox (COPY … TO PROGRAM), so what our environment holds (cloud keys,
    // PGPASSWORD) must not be there to be read. These are what the programs need to run at all.
    private static readonly string[] KeptVariables =
    [
        "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
        "SystemRoot", "SystemDrive", "windir", "ComSpec", "PATHEXT", "TEMP", "TMP",
    ];

    private SandboxAccount(string? userName) => UserName = userName;

    /// <summary>The account's name, or null when it is our own.</summary>
    public string? UserName { get; }

    /// <summary>Decides which account to use.</summary>
    /// <exception cref="BackupException"><see cref="ErrorIds.InvalidArgument"/>: unknown, refused, or not ours to use.</exception>
    public static async Task<SandboxAccount> ResolveAsync(string? runAs, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
        {
            return runAs is null || runAs == Environment.UserName
                ? new SandboxAccount(null)
                : throw Refuse($"A sandbox can run as '{runAs}' only when started by root on Unix.");
        }

        string name = runAs ?? DefaultForRoot;
        if (name == "postgres")
            throw Refuse("A sandbox does not run as 'postgres': that account owns the real clusters of this machine.");
        ChildOutput id = await UnixShell.TryAsync("id -un -- \"$1\" && id -u -- \"$1\"", [name], null, "", cancellationToken)
            .ConfigureAwait(false);
        string[] answer = id.StandardOutput.Split('\n');
        if (id.Code != 0 || answer[0] != name)
            throw Refuse($"There is no account '{name}' to run a sandbox as.");
        return answer[1] == "0" ? throw Refuse("PostgreSQL does not run as root.") : new SandboxAccount(name);
    }

    /// <summary>The account of a sandbox that exists already, as its record names it.</summary>
    public static SandboxAccount Recorded(string? userName) => new(userName);

    /// <summary>Options to start a program under the account, with nothing of our environment but what it needs.</summary>
    public ChildProcessOptions Program(string fileName, IReadOnlyList<string> arguments) => new()
    {
        FileName = fileName,
        Arguments = arguments,
        Environment = PlainEnvironment(),
        RemoveEnvironmentPrefix = [""],
        UserName = UserName,
        WorkingDirectory = OperatingSystem.IsWindows() ? null : "/",
    };

    /// <summary>Appends to a file as the account, so that a link planted in its directory leads nowhere it could not go itself.</summary>
    public async Task AppendAsync(string path, string text, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            await File.AppendAllTextAsync(path, text, cancellationToken).ConfigureAwait(false);
            return;
        }
        ChildOutput output = await UnixShell.TryAsync("umask 077 && cat >>\"$1\"", [path], UserName, text, cancellationToken)
            .ConfigureAwait(false);
        if (output.Code != 0)
            throw new BackupException(ErrorIds.SandboxFailed, $"The sandbox cannot write {path}: {output.StandardErrorTail}");
    }

    /// <summary>The whole environment of programs of a sandbox.</summary>
    public static IReadOnlyDictionary<string, string?> PlainEnvironment()
    {
        string ours = Environment.GetEnvironmentVariable("PATH") ?? "";
        var environment = new Dictionary<string, string?>
        {
            ["LC_ALL"] = "C",
            ["PATH"] = OperatingSystem.IsWindows() ? ours : "/usr/sbin:/usr/bin:/sbin:/bin:" + ours,
        };
        foreach (string name in KeptVariables)
            environment[name] = Environment.GetEnvironmentVariable(name);
        return environment;
    }

    private static BackupException Refuse(string message) => new(
        ErrorIds.InvalidArgument, message, guidance: "Name an account that owns nothing else with -RunAs, such as nobody.");
}
