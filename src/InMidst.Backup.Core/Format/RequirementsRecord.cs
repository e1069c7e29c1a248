namespace InMidst.Backup.Core.Format;

/// <summary>What a restore needs the server to have.</summary>
public sealed record RequirementsRecord
{
    /// <summary>Extensions of the database.</summary>
    public IReadOnlyList<ExtensionRequirement> Extensions { get; init; } = [];

    /// <summary>Every role that owns, is granted, or is named by something.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>
    /// Those of <see cref="Roles"/> that are superusers: only such may own event triggers, foreign data wrappers and subscriptions. Absent
    /// in backups that did not record it.
    /// </summary>
    public IReadOnlyList<string>? Superusers { get; init; }

    /// <summary>Tablespaces other than pg_default.</summary>
    public IReadOnlyList<string> Tablespaces { get; init; } = [];

    /// <summary>libc locales of the database and of its collations.</summary>
    public IReadOnlyList<string> Locales { get; init; } = [];

    /// <summary>Version of the pg_dump that wrote the schema.</summary>
    public required string PgDumpVersion { get; init; }
}
