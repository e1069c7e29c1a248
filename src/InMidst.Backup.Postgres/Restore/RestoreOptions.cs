using InMidst.Backup.Core.Errors;
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

    /// <summary>
    /// Connections that load side by side, at most; beside them one holds the lock on the target. Dumps without the dependencies of
    /// their entries (other tools' among them) are loaded by one.
    /// </summary>
    public int Workers { get; init; } = Math.Clamp(Environment.ProcessorCount, 2, 8);

    /// <summary>Tables that are restored with what belongs to them and what they need; null for everything. Only for dumps with an index.</summary>
    public IReadOnlyList<NamePattern>? Tables { get; init; }

    /// <summary>Schemas that are restored with what they need; null for everything. Only for dumps with an index.</summary>
    public IReadOnlyList<NamePattern>? Schemas { get; init; }

    /// <summary>Whether rows, values of sequences, large objects and the content of materialised views are left out.</summary>
    public bool SchemaOnly { get; init; }

    /// <summary>Whether the server collects statistics of what was restored (ANALYZE).</summary>
    public bool Analyze { get; init; } = true;

    /// <summary>Whether everything belongs to who restores it, instead of its owners in the source.</summary>
    public bool NoOwner { get; init; }

    /// <summary>Whether grants and default privileges are left out.</summary>
    public bool NoPrivileges { get; init; }

    /// <summary>Whether everything lies in the default tablespace.</summary>
    public bool NoTablespaces { get; init; }

    /// <summary>The role that every session takes (SET ROLE) before it does anything; null for the one that connects.</summary>
    public string? Role { get; init; }

    /// <summary>Whether only some of the backup's objects are wanted.</summary>
    internal bool ChoosesObjects => Tables is not null || Schemas is not null;

    /// <summary>Refuses options that contradict each other.</summary>
    /// <exception cref="BackupException">InvalidArgument.</exception>
    internal void Check()
    {
        if (Replace && (ChoosesObjects || SchemaOnly))
        {
            throw new BackupException(ErrorIds.InvalidArgument, "A whole database is replaced by a whole backup only, not by parts of one.",
                guidance: "Restore the parts under another -TargetDatabase, and copy from there what is wanted.", target: TargetDatabase);
        }
    }
}
