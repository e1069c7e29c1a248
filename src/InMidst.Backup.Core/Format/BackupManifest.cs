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

/// <summary>The series a backup belongs to.</summary>
/// <param name="SystemIdentifier">The cluster's 64-bit identifier in decimal, or null where the server would not tell.</param>
/// <param name="Database">Database name.</param>
public sealed record SeriesRecord(string? SystemIdentifier, string Database);

/// <summary>The server a backup came from.</summary>
/// <param name="Host">Host name, address or socket directory as it was reached.</param>
/// <param name="Port">Port.</param>
/// <param name="ServerVersion">The server's own words, such as "15.18 (Debian 15.18-0+deb12u1)".</param>
/// <param name="ServerVersionNumber">server_version_num, such as 150018.</param>
public sealed record SourceRecord(string Host, int Port, string ServerVersion, int ServerVersionNumber)
{
    /// <summary>The server's major version.</summary>
    public int Major => ServerVersionNumber / 10000;
}

/// <summary>One file of a backup.</summary>
/// <param name="Role">"data" or "globals".</param>
/// <param name="Name">Object name in the repository.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">64 lower-case hex digits.</param>
public sealed record ObjectRecord(string Role, string Name, long Length, string Sha256);

/// <summary>Where the index frame lies.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">Of those bytes.</param>
public sealed record IndexLocation(long Offset, long Length, string Sha256);

/// <summary>Sums over a dump.</summary>
public sealed record TotalsRecord
{
    /// <summary>Tables with data in the dump, empty ones included.</summary>
    public required int Tables { get; init; }

    /// <summary>Rows.</summary>
    public required long Rows { get; init; }

    /// <summary>Bytes of COPY text.</summary>
    public required long DataBytes { get; init; }

    /// <summary>Sequences.</summary>
    public required int Sequences { get; init; }

    /// <summary>Large objects.</summary>
    public required long LargeObjects { get; init; }

    /// <summary>Their bytes.</summary>
    public required long LargeObjectBytes { get; init; }

    /// <summary>A sum like <see cref="ContentChecksum"/> over "oid:content" of every large object.</summary>
    public required string LargeObjectChecksum { get; init; }

    /// <summary>Tables whose data was left out because the server is a standby and they are unlogged.</summary>
    public int SkippedUnloggedTables { get; init; }
}

/// <summary>A table's line in the manifest.</summary>
/// <param name="Schema">Schema.</param>
/// <param name="Name">Table.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Bytes">Bytes of COPY text.</param>
/// <param name="Checksum">The <see cref="ContentChecksum"/>.</param>
public sealed record ManifestTable(string Schema, string Name, long Rows, long Bytes, string Checksum);

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

/// <summary>A setting a role has in this database only.</summary>
/// <param name="Role">Role.</param>
/// <param name="Setting">"name=value".</param>
public sealed record RoleSetting(string Role, string Setting);

/// <summary>What a restore needs the server to have.</summary>
public sealed record RequirementsRecord
{
    /// <summary>Extensions of the database.</summary>
    public IReadOnlyList<ExtensionRequirement> Extensions { get; init; } = [];

    /// <summary>Every role that owns, is granted, or is named by something.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>Tablespaces other than pg_default.</summary>
    public IReadOnlyList<string> Tablespaces { get; init; } = [];

    /// <summary>libc locales of the database and of its collations.</summary>
    public IReadOnlyList<string> Locales { get; init; } = [];

    /// <summary>Version of the pg_dump that wrote the schema.</summary>
    public required string PgDumpVersion { get; init; }
}

/// <summary>An extension and the version the source had.</summary>
/// <param name="Name">Name.</param>
/// <param name="Version">Version.</param>
public sealed record ExtensionRequirement(string Name, string Version);
