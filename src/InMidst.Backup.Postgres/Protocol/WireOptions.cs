namespace InMidst.Backup.Postgres.Protocol;

/// <summary>What one bulk session is for.</summary>
internal sealed record WireOptions
{
    /// <summary>An ordinary session.</summary>
    public static WireOptions Default { get; } = new();

    /// <summary>What pg_stat_activity shows instead of the address's own application name.</summary>
    public string? ApplicationName { get; init; }

    /// <summary>
    /// When true the session fires no event trigger, not even the one of its own login. For superusers on PostgreSQL 17 and later;
    /// others are refused the connection.
    /// </summary>
    public bool WithoutEventTriggers { get; init; }

    /// <summary>
    /// Whether who uses the session has a thread of his own for it (<see cref="Copy.DedicatedThread"/>): whatever waits for the server
    /// then waits in the system, and is done when it returns.
    /// </summary>
    public bool HasOwnThread { get; init; }

    /// <summary>Whether the session takes replication commands.</summary>
    public ReplicationMode Replication { get; init; }
}
