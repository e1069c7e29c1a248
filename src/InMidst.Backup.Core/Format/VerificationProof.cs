namespace InMidst.Backup.Core.Format;

/// <summary>What was last proven of a backup; written beside it and rewritten by each test.</summary>
public sealed record VerificationProof
{
    /// <summary>Version of the format.</summary>
    public int Format { get; init; } = BackupManifest.CurrentFormat;

    /// <summary>Program that tested.</summary>
    public required string Tool { get; init; }

    /// <summary>The backup's id.</summary>
    public required string Id { get; init; }

    /// <summary>SHA-256 of the data that was tested; a proof of other bytes proves nothing.</summary>
    public required string DataSha256 { get; init; }

    /// <summary>"Stored", "Content" or "Restore".</summary>
    public required string Level { get; init; }

    /// <summary>"Passed", "Failed" or "NotProvable".</summary>
    public required string Verdict { get; init; }

    /// <summary>When the test ended.</summary>
    public required DateTimeOffset Tested { get; init; }

    /// <summary>Version of the server it was restored into.</summary>
    public string? ServerVersion { get; init; }

    /// <summary>Tables compared.</summary>
    public int Tables { get; init; }

    /// <summary>Rows compared.</summary>
    public long Rows { get; init; }

    /// <summary>What failed or was missing, in words.</summary>
    public IReadOnlyList<string> Findings { get; init; } = [];
}
