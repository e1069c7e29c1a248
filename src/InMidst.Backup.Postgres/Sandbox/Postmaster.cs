using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using InMidst.Backup.Core.Processes;
using InMidst.Backup.Postgres.Installations;

namespace InMidst.Backup.Postgres.Sandbox;

/// <summary>The main process of the server in a data directory.</summary>
internal static class Postmaster
{
    // postmaster.pid, lines 1 and 3 (miscadmin.h, LOCK_FILE_LINE_PID and LOCK_FILE_LINE_START_TIME).
    private const int StartTimeLine = 2;

    private static readonly TimeSpan StartTolerance = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Its number, or null when no server runs there. The file is left behind by a server that was killed, and its number
    /// may by then be a stranger's: the process is only believed when it works in the directory, or where that cannot be
    /// asked, when it started at the moment the file says.
    /// </summary>
    public static int? Find(string dataDirectory)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(Path.Combine(dataDirectory, "postmaster.pid"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        if (lines.Length <= StartTimeLine || !int.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            return null;
        if (ProcessIdentity.Of(id) is null)
            return null;
        bool ours = OperatingSystem.IsLinux() ? WorksIn(id, dataDirectory) : StartedAt(id, lines[StartTimeLine]);
        return ours ? id : null;
    }

    /// <summary>Stops the server at once, without a checkpoint: its data are thrown away.</summary>
    public static async Task StopAsync(SandboxDirectory directory, SandboxRecord record, CancellationToken cancellationToken)
    {
        if (Find(directory.Data) is not { } id)
            return;
        try
        {
            var installation = new PostgresInstallation(record.BinDirectory, record.Major, record.Version);
            // As the server's account: whatever the file says by now, only a process of that account can be hit.
            await ChildProcess.RunAsync(
                SandboxAccount.Recorded(record.RunAs).Program(
                    installation.Program("pg_ctl"), ["stop", "-s", "-m", "immediate", "-t", "15", "-D", directory.Data]),
                StopLimit, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is Win32Exception or TimeoutException)
        {
            // The programs were removed meanwhile, or hang. What counts is whether the server runs.
        }
        if (Find(directory.Data) == id)
            await KillAsync(id, record.RunAs, cancellationToken).ConfigureAwait(false);
    }

    private static async Task KillAsync(int id, string? userName, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsWindows())
        {
            await UnixShell.TryAsync(
                "kill -9 \"$1\"", [id.ToString(CultureInfo.InvariantCulture)], userName, "", cancellationToken).ConfigureAwait(false);
            return;
        }
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // Gone by itself.
        }
    }

    private static bool WorksIn(int id, string dataDirectory)
    {
        try
        {
            string? directory = new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/cwd")).LinkTarget;
            return directory == PostgresPlaces.RealPath(dataDirectory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool StartedAt(int id, string unixSeconds)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return long.TryParse(unixSeconds, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
                && (DateTimeOffset.FromUnixTimeSeconds(seconds) - new DateTimeOffset(process.StartTime)).Duration() < StartTolerance;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return false;
        }
    }
}
