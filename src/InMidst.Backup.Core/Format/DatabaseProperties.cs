namespace InMidst.Backup.Core.Format;

/// <summary>Properties that live in pg_database and beside it, not in the dump's SQL.</summary>
public sealed record DatabaseProperties
{
    /// <summary>PostgreSQL's name of the encoding.</summary>
    public required string Encoding { get; init; }

    /// <summary>"libc", "icu" or "builtin".</summary>
    public required string LocaleProvider { get; init; }

    /// <summary>LC_COLLATE.</summary>
    public required string Collate { get; init; }

    /// <summary>LC_CTYPE.</summary>
    public required string CType { get; init; }

    /// <summary>ICU or builtin locale.</summary>
    public string? Locale { get; init; }

    /// <summary>ICU rules.</summary>
    public string? IcuRules { get; init; }

    /// <summary>Version of the collation as the source recorded it.</summary>
    public string? CollationVersion { get; init; }

    /// <summary>lc_monetary in the source: money is written by it.</summary>
    public required string Monetary { get; init; }

    /// <summary>Owner.</summary>
    public required string Owner { get; init; }

    /// <summary>GRANT and REVOKE statements on the database, with {database} for its quoted name.</summary>
    public IReadOnlyList<string> Privileges { get; init; } = [];

    /// <summary>CONNECTION LIMIT, -1 for none.</summary>
    public int ConnectionLimit { get; init; } = -1;

    /// <summary>Tablespace.</summary>
    public required string Tablespace { get; init; }

    /// <summary>COMMENT.</summary>
    public string? Comment { get; init; }

    /// <summary>ALTER DATABASE … SET, as "name=value" the way pg_db_role_setting has them.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>ALTER ROLE … IN DATABASE … SET.</summary>
    public IReadOnlyList<RoleSetting> RoleSettings { get; init; } = [];
}
