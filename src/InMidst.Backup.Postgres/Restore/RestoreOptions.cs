using InMidst.Backup.Core.Format;
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

    /// <summary>What a dump without an index is known to need; the server is checked for it before anything is made.</summary>
    public RequirementsRecord? ForeignRequirements { get; init; }
}
