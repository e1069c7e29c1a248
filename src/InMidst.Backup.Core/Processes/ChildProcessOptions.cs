namespace InMidst.Backup.Core.Processes;

/// <summary>What to start and how. A class, not a record: the environment may hold a password, and a record would print itself.</summary>
public sealed class ChildProcessOptions
{
    /// <summary>The program: an absolute path. The PATH is never searched for it by us.</summary>
    public required string FileName { get; init; }

    /// <summary>Its arguments, one string each. No shell sees them. Everybody on the machine can read them: never a secret.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Variables to set, after the removals. A null value removes the variable.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Variables whose names begin so are not handed on. An empty prefix removes all.</summary>
    public IReadOnlyList<string> RemoveEnvironmentPrefix { get; init; } = [];

    /// <summary>The account to run as, or null for our own. Works on Unix when we are root; on Windows it is refused.</summary>
    public string? UserName { get; init; }

    /// <summary>The directory to start in, or null for ours. Another account may have no right to ours.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Leaves standard input open for <see cref="ChildProcess.StandardInput"/>. Otherwise the child reads an end at once.</summary>
    public bool KeepStandardInput { get; init; }
}
