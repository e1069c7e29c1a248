using Npgsql;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>Tells a refused statement from a session that ended.</summary>
internal static class PostgresFailures
{
    /// <summary>
    /// True when the statement itself was refused; false when the server shut down, was cancelled, lost, or ran out of something
    /// (disk, memory, a limit): that says nothing of the statement.
    /// </summary>
    public static bool IsOfStatement(PostgresException e) =>
        e.SqlState[..2] is not ("57" or "08" or "53") && e.SqlState != PostgresErrorCodes.IoError;
}
