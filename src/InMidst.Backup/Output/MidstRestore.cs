namespace InMidst.Backup;

/// <summary>A finished restore.</summary>
public sealed class MidstRestore
{
    /// <summary>The backup's id.</summary>
    public string Id { get; init; } = "";

    /// <summary>The database that was made.</summary>
    public string TargetDatabase { get; init; } = "";

    /// <summary>The name under which the database that was replaced is kept; empty when none was, or when it was dropped.</summary>
    public string ReplacedDatabase { get; init; } = "";

    /// <summary>Roles that were created because the server lacked them.</summary>
    public string[] CreatedRoles { get; init; } = [];

    /// <summary>Tablespaces that were created because the server lacked them.</summary>
    public string[] CreatedTablespaces { get; init; } = [];

    /// <summary>Path or URI of the copy it was restored from.</summary>
    public string Path { get; init; } = "";

    /// <summary>The server's host.</summary>
    public string HostName { get; init; } = "";

    /// <summary>The server's port.</summary>
    public int Port { get; init; }

    /// <summary>The server's version.</summary>
    public string ServerVersion { get; init; } = "";

    /// <summary>Tables.</summary>
    public int Tables { get; init; }

    /// <summary>Rows that were loaded by COPY.</summary>
    public long Rows { get; init; }

    /// <summary>When it began, in local time.</summary>
    public DateTime Started { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Backup and target.</summary>
    public override string ToString() => $"{Id} -> {TargetDatabase}";
}
