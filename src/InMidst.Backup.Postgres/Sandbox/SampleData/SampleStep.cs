namespace InMidst.Backup.Postgres.Sandbox.SampleData;

/// <summary>
/// One part of making the sample database: a text of several statements that runs in one transaction, on a superuser's
/// connection to the new database. Any of its queries may return rows, which mean nothing.
/// </summary>
/// <param name="Description">What it makes, for a progress line.</param>
/// <param name="Sql">
/// The statements. No psql commands, no COPY from the client, nothing that refuses a transaction block. Session settings it
/// needs are set for the transaction only.
/// </param>
public sealed record SampleStep(string Description, string Sql);
