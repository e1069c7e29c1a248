using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Processes;

namespace InMidst.Backup.Postgres.Sandbox;

/// <summary>
/// Runs the few standard programs for which .NET has no call (chown, id, rm on trees that change). The script is always a
/// constant of ours; paths and names reach it as positional parameters and are never read as shell text.
/// </summary>
internal static class UnixShell
{
    public const string Path = "/bin/sh";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Runs the script and returns its output.</summary>
    /// <exception cref="BackupException"><see cref="ErrorIds.SandboxFailed"/> with the program's message.</exception>
    public static async Task<string> RunAsync(string script, IReadOnlyList<string> parameters, CancellationToken cancellationToken)
    {
        ChildOutput output = await TryAsync(script, parameters, null, "", cancellationToken).ConfigureAwait(false);
        return output.Code == 0
            ? output.StandardOutput
            : throw new BackupException(ErrorIds.SandboxFailed, $"A sandbox cannot be handled: {output.StandardErrorTail}");
    }

    /// <summary>Runs the script under an account, with a text as its input, and says how it ended.</summary>
    public static Task<ChildOutput> TryAsync(
        string script, IReadOnlyList<string> parameters, string? userName, string input, CancellationToken cancellationToken)
    {
        var options = new ChildProcessOptions
        {
            FileName = Path,
            Arguments = ["-c", script, "midst-sandbox", .. parameters],
            Environment = SandboxAccount.PlainEnvironment(),
            RemoveEnvironmentPrefix = [""],
            UserName = userName,
            WorkingDirectory = "/",
            KeepStandardInput = true,
        };
        return ChildProcess.RunAsync(options, Limit, child => WriteAsync(child.StandardInput, input), cancellationToken);
    }

    private static async Task WriteAsync(Stream target, string input)
    {
        try
        {
            await target.WriteAsync(System.Text.Encoding.UTF8.GetBytes(input), CancellationToken.None).ConfigureAwait(false);
            await target.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The script ended without reading: its exit code says why.
        }
    }
}
