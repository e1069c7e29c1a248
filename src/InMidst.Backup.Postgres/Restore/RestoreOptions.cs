using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Globals;

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

    /// <summary>Whether an existing target is replaced. It keeps its place until the restored copy was compared with the backup's record.</summary>
    public bool Replace { get; init; }

    /// <summary>Whether sessions in a database that is replaced are ended for the replacement; else they refuse it.</summary>
    public bool DisconnectUsers { get; init; }

    /// <summary>Whether the replaced database is dropped afterwards; else it is kept under another name.</summary>
    public bool DropReplaced { get; init; }

    /// <summary>Whether logical replication slots and enabled subscriptions may stay behind with the replaced database.</summary>
    public bool Force { get; init; }

    /// <summary>What is done with the roles and tablespaces that lie beside the dump.</summary>
    public GlobalsMode Globals { get; init; }

    /// <summary>What a dump without an index is known to need; the server is checked for it before anything is made.</summary>
    public RequirementsRecord? ForeignRequirements { get; init; }
}
