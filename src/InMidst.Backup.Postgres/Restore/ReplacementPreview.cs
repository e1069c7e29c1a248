using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>Says beforehand what replacing a database means. Nothing is changed.</summary>
public static class ReplacementPreview
{
    /// <summary>Looks at the target as the restore will, and refuses what it would refuse.</summary>
    /// <param name="options">Where to restore to, with <see cref="RestoreOptions.Replace"/>.</param>
    /// <param name="clock">Names the replaced database.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What happens to the existing database and whose sessions end; null when there is none of that name.</returns>
    /// <exception cref="BackupException">InvalidArgument, PermissionDenied, TargetNotReplaceable, TargetInUse, or what keeps the server from being asked.</exception>
    public static async Task<string?> DescribeAsync(RestoreOptions options, TimeProvider clock, CancellationToken cancellationToken)
    {
        options.Check();
        try
        {
            MaintenanceSession session = await MaintenanceSession.OpenAsync(
                options.Address, options.MaintenanceDatabase, cancellationToken).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                if (options.Role is not null)
                    await session.BecomeAsync(options.Role, cancellationToken).ConfigureAwait(false);
                if (!await session.ExistsAsync(options.TargetDatabase, cancellationToken).ConfigureAwait(false))
                    return null;
                ServerIdentity server = await ServerIdentity.ReadAsync(session.Connection, cancellationToken).ConfigureAwait(false);
                ReplacedDatabase replaced = await ReplacedDatabase.InspectAsync(
                    session.Connection, server, options, cancellationToken).ConfigureAwait(false);
                int longest = await session.LongestNameAsync(cancellationToken).ConfigureAwait(false);
                string kept = ReplacedDatabase.KeptName(options.TargetDatabase, clock.GetUtcNow(), longest);
                return Describe(options, replaced.Sessions, kept);
            }
        }
        catch (Exception e) when (PostgresErrors.IsServerFailure(e, cancellationToken))
        {
            throw PostgresErrors.Translate(e, options.Address, options.MaintenanceDatabase);
        }
    }

    private static string Describe(RestoreOptions options, IReadOnlyList<TargetSession> sessions, string kept)
    {
        string old = options.DropReplaced ? "the existing database is dropped" : $"the existing database is kept as '{kept}'";
        string ended = sessions.Count > 0 ? $"sessions that are ended: {TargetSession.Describe(sessions)}"
            : options.DisconnectUsers ? "sessions that are in it then are ended; now there are none" : "nobody may be connected then";
        return $"{old}; {ended}";
    }
}
