namespace InMidst.Backup.Testing;

/// <summary>A major version of PostgreSQL whose server is on this machine.</summary>
/// <param name="Number">The major version: 15.</param>
/// <param name="Version">The version its server prints: "15.18".</param>
/// <param name="ServerDirectory">The directory of initdb, pg_ctl and postgres.</param>
/// <param name="ClientDirectory">The directory of psql and pg_dump: of this major, else of the next newer one there is.</param>
public sealed record PostgresMajor(int Number, string Version, string ServerDirectory, string ClientDirectory);
