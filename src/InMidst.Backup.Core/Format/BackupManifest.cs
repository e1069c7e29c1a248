namespace InMidst.Backup.Core.Format;

/// <summary>What is known of a backup without opening it. Written last: a backup without one does not exist.</summary>
public sealed record BackupManifest
{
    /// <summary>The version this code writes. A reader refuses a higher one and ignores fields it does not know.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Tables listed in a manifest at most; beyond that they are in the index only.</summary>
    public const int MaximumTables = 2000;

    /// <summary>Version of the format.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Name and version of the program that wrote it.</summary>
    public required string Tool { get; init; }

    /// <summary>The backup's id, unique in its repository.</summary>
    public required string Id { get; init; }

    /// <summary>What kind of backup: "dump".</summary>
    public required string Kind { get; init; }

    /// <summary>What retention and locks count by.</summary>
    public required SeriesRecord Series { get; init; }

    /// <summary>Where it came from.</summary>
    public required SourceRecord Source { get; init; }

    /// <summary>When the backup began, by the clock of the machine that made it.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When its data was complete.</summary>
    public required DateTimeOffset Completed { get; init; }

    /// <summary>The server's WAL position when the snapshot was taken, or null where it could not be asked.</summary>
    public string? SnapshotLsn { get; init; }

    /// <summary>Compression of its objects.</summary>
    public required CompressionKind Compression { get; init; }

    /// <summary>The files, with what proves them. Empty in the copy that lies in the trailer.</summary>
    public IReadOnlyList<ObjectRecord> Objects { get; init; } = [];

    /// <summary>Where the index lies in the data object. Null in the copy that lies in the trailer.</summary>
    public IndexLocation? Index { get; init; }

    /// <summary>Sums over the dump.</summary>
    public required TotalsRecord Totals { get; init; }

    /// <summary>A line per table, at most <see cref="MaximumTables"/>; all are in the index.</summary>
    public IReadOnlyList<ManifestTable> Tables { get; init; } = [];

    /// <summary>The database itself, as CREATE DATABASE and ALTER DATABASE must make it.</summary>
    public required DatabaseProperties Database { get; init; }

    /// <summary>What a server must have before this can be restored there.</summary>
    public required RequirementsRecord Requirements { get; init; }
}
