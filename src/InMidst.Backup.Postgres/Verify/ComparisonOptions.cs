using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Postgres.Verify;

/// <summary>Which database is compared, and how.</summary>
internal sealed record ComparisonOptions
{
    /// <summary>The server. Its own database is asked first, before the one that is compared.</summary>
    public required ServerAddress Address { get; init; }

    /// <summary>The database that is compared.</summary>
    public required string Database { get; init; }

    /// <summary>Connections that read rows side by side, at most; beside them one looks at everything else.</summary>
    public required int Workers { get; init; }

    /// <summary>Told when the server has room for fewer connections.</summary>
    public required Action<string> Warn { get; init; }

    /// <summary>Bytes on disk of a slice of a table; null for what <see cref="Dump.SlicePlan"/> finds best.</summary>
    public long? SliceLength { get; init; }
}
