using Npgsql;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>A statement of several that the server refused.</summary>
/// <param name="Index">Its place among them, from 0.</param>
/// <param name="Error">What the server says; its texts are byte strings.</param>
internal sealed record StatementFailure(int Index, PostgresException Error);
