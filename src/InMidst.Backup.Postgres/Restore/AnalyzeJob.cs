namespace InMidst.Backup.Postgres.Restore;

/// <summary>A table of which the server collects statistics.</summary>
/// <param name="Table">Quoted, qualified name, as a byte string.</param>
/// <param name="Statement">Collects them, as a byte string.</param>
internal sealed record AnalyzeJob(string Table, string Statement);
