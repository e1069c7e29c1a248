using Npgsql;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>Tells a refused statement from a session that ended.</summary>
internal static class PostgresFailures
{
    /// <summary>
    /// The refusal that comes first, when statements were refused: with error barriers several of a batch may be, and the later
    /// ones are consequences.
    /// </summary>
    public static PostgresException? FirstRefusal(Exception e) => e switch
    {
        PostgresException refusal => IsOfStatement(refusal) ? refusal : null,
        AggregateException several => several.InnerExceptions.Select(FirstRefusal).FirstOrDefault(r => r is not null),
        { InnerException: { } inner } => FirstRefusal(inner),
        _ => null,
    };

    /// <summary>True when the statement itself was refused; false when the server shut down, was cancelled or lost.</summary>
    public static bool IsOfStatement(PostgresException e) =>
        !e.SqlState.StartsWith("57", StringComparison.Ordinal) && !e.SqlState.StartsWith("08", StringComparison.Ordinal)
        && e.SqlState != PostgresErrorCodes.DiskFull;
}
