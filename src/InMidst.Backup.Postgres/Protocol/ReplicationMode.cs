namespace InMidst.Backup.Postgres.Protocol;

/// <summary>Which commands a session takes beside SQL (PostgreSQL documentation, "Streaming Replication Protocol").</summary>
internal enum ReplicationMode
{
    /// <summary>An ordinary session.</summary>
    None,

    /// <summary>A WAL sender without a database: replication commands only.</summary>
    Physical,

    /// <summary>A WAL sender in a database: replication commands and SQL.</summary>
    Database,
}
