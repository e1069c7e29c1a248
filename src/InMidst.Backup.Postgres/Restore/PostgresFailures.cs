using Npgsql;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>Tells a refused statement from a session that ended.</summary>
internal static class PostgresFailures
{
    /// <summary>The refusals in their order, when statements were refused: with error barriers several of a batch may be.</summary>
    public static IReadOnlyList<PostgresException> Refusals(Exception e) => e switch
    {
        PostgresException refusal => IsOfStatement(refusal) ? [refusal] : [],
        AggregateException several => [.. several.InnerExceptions.SelectMany(Refusals)],
        { InnerException: { } inner } => Refusals(inner),
        _ => [],
    };

    /// <summary>
    /// True when the statement itself was refused; false when the server shut down, was cancelled, lost, or ran out of something
    /// (disk, memory, a limit): that says nothing of the statement.
    /// </summary>
    public static bool IsOfStatement(PostgresException e) =>
        e.SqlState[..2] is not ("57" or "08" or "53") && e.SqlState != PostgresErrorCodes.IoError;
}
