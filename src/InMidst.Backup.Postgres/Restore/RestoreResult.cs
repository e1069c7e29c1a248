using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>What a restore did.</summary>
public sealed record RestoreResult
{
    /// <summary>The database that was made.</summary>
    public required string TargetDatabase { get; init; }

    /// <summary>The dump's index; null for dumps other tools wrote.</summary>
    public DumpIndex? Index { get; init; }

    /// <summary>Tables that got rows or could have.</summary>
    public required int Tables { get; init; }

    /// <summary>Rows loaded by COPY.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows by table name as the dump writes it.</summary>
    public required IReadOnlyDictionary<string, long> RowsByTable { get; init; }

    /// <summary>The name under which the database that was replaced is kept; null when none was, or when it was dropped.</summary>
    public string? ReplacedDatabase { get; init; }

    /// <summary>Roles that were created because the server lacked them.</summary>
    public IReadOnlyList<string> CreatedRoles { get; init; } = [];

    /// <summary>Tablespaces that were created because the server lacked them.</summary>
    public IReadOnlyList<string> CreatedTablespaces { get; init; } = [];

    /// <summary>server_version of the target.</summary>
    public required string ServerVersion { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }
}
