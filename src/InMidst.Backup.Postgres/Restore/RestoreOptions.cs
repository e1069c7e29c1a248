using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>Where to restore to.</summary>
public sealed record RestoreOptions
{
    /// <summary>The server. Never taken from the backup.</summary>
    public required ServerAddress Address { get; init; }

    /// <summary>The database to make, or an empty one to fill.</summary>
    public required string TargetDatabase { get; init; }

    /// <summary>The database to connect to for making it.</summary>
    public string MaintenanceDatabase { get; init; } = "postgres";

    /// <summary>Whether roles that the dump names and the server lacks are made, without login; for servers that are thrown away.</summary>
    public bool MakeMissingRoles { get; init; }
}
