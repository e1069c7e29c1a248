namespace InMidst.Backup;

/// <summary>The outcome of a test of one copy of a backup.</summary>
public sealed class MidstBackupTest
{
    /// <summary>The backup's id.</summary>
    public string Id { get; init; } = "";

    /// <summary>The database.</summary>
    public string Database { get; init; } = "";

    /// <summary>How deep the test went.</summary>
    public MidstTestLevel Level { get; init; }

    /// <summary>What it found.</summary>
    public MidstVerdict Verdict { get; init; }

    /// <summary>True only when the verdict is Passed.</summary>
    public bool Passed => Verdict == MidstVerdict.Passed;

    /// <summary>What failed or is missing, in words.</summary>
    public string[] Failures { get; init; } = [];

    /// <summary>A row per table.</summary>
    public MidstTableTest[] Tables { get; init; } = [];

    /// <summary>Rows found in all tables.</summary>
    public long Rows { get; init; }

    /// <summary>Large objects that were compared; 0 unless restored.</summary>
    public long LargeObjects { get; init; }

    /// <summary>Sequences that were compared; 0 unless restored.</summary>
    public int Sequences { get; init; }

    /// <summary>Version of the server it was restored into; empty unless restored.</summary>
    public string ServerVersion { get; init; } = "";

    /// <summary>When the test began, in local time.</summary>
    public DateTime Started { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The repository of the copy that was tested.</summary>
    public string Repository { get; init; } = "";

    /// <summary>Path or URI of the copy that was tested.</summary>
    public string Path { get; init; } = "";

    /// <summary>Id and verdict.</summary>
    public override string ToString() => $"{Id}: {Verdict}";
}
