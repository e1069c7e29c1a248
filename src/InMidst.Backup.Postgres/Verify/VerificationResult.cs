namespace InMidst.Backup.Postgres.Verify;

/// <summary>The outcome of a test.</summary>
public sealed record VerificationResult
{
    /// <summary>How deep it went.</summary>
    public required VerificationLevel Level { get; init; }

    /// <summary>What was found.</summary>
    public required VerificationVerdict Verdict { get; init; }

    /// <summary>What failed or is missing, in words; empty when it passed.</summary>
    public IReadOnlyList<string> Findings { get; init; } = [];

    /// <summary>Every table compared.</summary>
    public IReadOnlyList<TableComparison> Tables { get; init; } = [];

    /// <summary>Large objects that were found.</summary>
    public long LargeObjects { get; init; }

    /// <summary>Sequences that were compared.</summary>
    public int Sequences { get; init; }

    /// <summary>server_version of the server it was restored into.</summary>
    public string? ServerVersion { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }
}
