using System.Collections.Frozen;

namespace InMidst.Backup.Postgres.Connections;

/// <summary>
/// The connection keywords of libpq (documentation, "Parameter Key Words") sorted by what we do with them.
/// Nothing that a user writes for the sake of safety is dropped in silence.
/// </summary>
internal static class LibpqKeywords
{
    public const string Host = "host";
    public const string HostAddress = "hostaddr";
    public const string Port = "port";
    public const string User = "user";
    public const string Password = "password";
    public const string PassFile = "passfile";
    public const string Database = "dbname";
    public const string SslMode = "sslmode";
    public const string SslRootCertificate = "sslrootcert";
    public const string SslCertificate = "sslcert";
    public const string SslKey = "sslkey";
    public const string ChannelBinding = "channel_binding";
    public const string ConnectTimeout = "connect_timeout";
    public const string ApplicationName = "application_name";
    public const string Service = "service";

    /// <summary>The environment variable of each keyword we honour.</summary>
    public static readonly FrozenDictionary<string, string> Variables = new Dictionary<string, string>
    {
        [Host] = "PGHOST",
        [HostAddress] = "PGHOSTADDR",
        [Port] = "PGPORT",
        [User] = "PGUSER",
        [Password] = "PGPASSWORD",
        [PassFile] = "PGPASSFILE",
        [Database] = "PGDATABASE",
        [SslMode] = "PGSSLMODE",
        [SslRootCertificate] = "PGSSLROOTCERT",
        [SslCertificate] = "PGSSLCERT",
        [SslKey] = "PGSSLKEY",
        [ChannelBinding] = "PGCHANNELBINDING",
        [ConnectTimeout] = "PGCONNECT_TIMEOUT",
        [ApplicationName] = "PGAPPNAME",
        [Service] = "PGSERVICE",
    }.ToFrozenDictionary();

    /// <summary>Keywords that tune a connection without changing where it goes or how it is protected; we set our own.</summary>
    public static readonly FrozenSet<string> Ignored = new[]
    {
        "fallback_application_name", "client_encoding", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
        "tcp_user_timeout", "sslcompression", "sslsni", "gssencmode", "krbsrvname", "gsslib", "gssdelegation", "load_balance_hosts",
        "target_session_attrs",
    }.ToFrozenSet();

    /// <summary>Variables that libpq reads, that users set on purpose, and that have no effect here.</summary>
    public static readonly IReadOnlyList<string> VariablesWithoutEffect =
    [
        "PGOPTIONS", "PGREQUIREAUTH", "PGREQUIREPEER", "PGSSLCRL", "PGSSLCRLDIR", "PGSSLMINPROTOCOLVERSION", "PGSSLMAXPROTOCOLVERSION",
        "PGSSLNEGOTIATION", "PGTARGETSESSIONATTRS",
    ];

    /// <summary>Whether the keyword is one we honour.</summary>
    public static bool IsHonoured(string keyword) => Variables.ContainsKey(keyword);
}
