using InMidst.Backup.Core;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>What to dump and how.</summary>
public sealed record DumpOptions
{
    /// <summary>The server.</summary>
    public required ServerAddress Address { get; init; }

    /// <summary>The database.</summary>
    public required string Database { get; init; }

    /// <summary>Compression of the dump.</summary>
    public CompressionKind Compression { get; init; } = CompressionKind.Gzip;

    /// <summary>Level, or null for the default of the compression.</summary>
    public int? CompressionLevel { get; init; }

    /// <summary>For whom it is encrypted; nobody, and it is not.</summary>
    public IReadOnlyList<AgeRecipient> Recipients { get; init; } = [];

    /// <summary>Whether roles and tablespaces are left out; else they are written beside the dump.</summary>
    public bool ExcludeGlobals { get; init; }

    /// <summary>Whether the hashes of the roles' passwords are written as well. They are secrets: whoever has them can try passwords.</summary>
    public bool IncludeRolePasswords { get; init; }

    /// <summary>Directories to look for pg_dump in instead of the usual places.</summary>
    public IReadOnlyList<string>? BinDirectories { get; init; }

    /// <summary>How long to wait for a lock on a table before the backup fails. Whole milliseconds.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Connections that read rows side by side, at most; beside them one holds locks and snapshot. By default as many as there are
    /// processors, 8 at most: a worker compresses what it reads. Never less than 2, so that one reads while another compresses.
    /// </summary>
    public int Workers
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = Math.Clamp(Environment.ProcessorCount, 2, 8);

    /// <summary>Memory that is shared with the storages; null for one of its own.</summary>
    public ByteBudget? Budget { get; init; }

    /// <summary>Bytes on disk of a slice of a table; null for what <see cref="SlicePlan"/> finds best.</summary>
    internal long? SliceLength { get; init; }

    /// <summary>Name and version of this program, for header and manifest.</summary>
    public required string Tool { get; init; }
}
