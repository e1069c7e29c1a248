namespace InMidst.Backup.Postgres.Connections;

/// <summary>What one connection is for.</summary>
public sealed record ConnectorOptions
{
    /// <summary>An ordinary connection: text is UTF-8, whatever the database's encoding.</summary>
    public static ConnectorOptions Default { get; } = new();

    /// <summary>
    /// When true every string of the connection is a string of bytes: one char (0 to 255) is one byte, in statements, results and
    /// messages alike, so that text passes unchanged in whatever client_encoding the session sets for itself. Characters above 255
    /// cannot be sent. Messages of the server must be decoded: <see cref="PostgresErrors.Translate"/> takes the encoding.
    /// </summary>
    public bool ByteText { get; init; }

    /// <summary>
    /// When true the session fires no event trigger, not even the one of its own login. For superusers on PostgreSQL 17 and later;
    /// others are refused the connection.
    /// </summary>
    public bool WithoutEventTriggers { get; init; }

    /// <summary>What pg_stat_activity shows instead of the address's own application name.</summary>
    public string? ApplicationName { get; init; }
}
