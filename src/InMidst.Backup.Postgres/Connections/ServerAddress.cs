using System.Globalization;
using System.Net;

namespace InMidst.Backup.Postgres.Connections;

/// <summary>
/// One server, one role and how to reach them: everything is decided here, and every client of an operation (Npgsql, pg_dump,
/// pg_dumpall) is given this same address. Made by <see cref="ConnectionResolver"/>.
/// </summary>
public sealed record ServerAddress
{
    /// <summary>Host name, IP address, or absolute directory of a Unix socket.</summary>
    public required string Host { get; init; }

    /// <summary>The IP address to connect to instead of looking <see cref="Host"/> up, which then only names the server in certificates.</summary>
    public string? HostAddress { get; init; }

    /// <summary>TCP port, or the number in the name of the Unix socket.</summary>
    public required int Port { get; init; }

    /// <summary>Role to log in as.</summary>
    public required string UserName { get; init; }

    /// <summary>The password that was given, or null. A password file is asked by <see cref="PasswordFor"/>.</summary>
    public string? Password { get; init; }

    /// <summary>The database that was asked for, else one named like the user, as with psql.</summary>
    public required string Database { get; init; }

    /// <summary>The password file that was consulted, or null.</summary>
    public string? PassFile { get; init; }

    /// <summary>How much TLS to ask for.</summary>
    public PostgresSslMode SslMode { get; init; } = PostgresSslMode.Prefer;

    /// <summary>PEM file of trusted roots, <c>system</c>, or null.</summary>
    public string? RootCertificate { get; init; }

    /// <summary>PEM file of the client certificate, or null.</summary>
    public string? Certificate { get; init; }

    /// <summary>PEM file of the client certificate's key; null only without a certificate.</summary>
    public string? Key { get; init; }

    /// <summary>libpq's channel_binding: <c>disable</c>, <c>prefer</c> or <c>require</c>.</summary>
    public string ChannelBinding { get; init; } = "prefer";

    /// <summary>What the server shows in pg_stat_activity.</summary>
    public string ApplicationName { get; init; } = "InMidst.Backup";

    /// <summary>How long opening a connection may take; zero waits without end.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Where each setting came from, by the name of the property: a parameter, a variable's name, a file, or "default".</summary>
    public IReadOnlyDictionary<string, string> Origins { get; init; } = new Dictionary<string, string>();

    /// <summary>What the user should know about settings that were ignored.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Whether <see cref="Host"/> is the directory of a Unix socket.</summary>
    public bool IsUnixSocket => IsSocketDirectory(Host);

    internal IReadOnlyList<Connections.PassFile.Entry> PassFileEntries { get; init; } = [];

    /// <summary>Host name by which the password file knows the server: libpq calls the default socket directory localhost.</summary>
    internal string PassFileHost { get; init; } = "";

    /// <summary>The password for one database: the one that was given, else the first fitting line of the password file, else null.</summary>
    public string? PasswordFor(string database) =>
        Password ?? PassFileEntries.FirstOrDefault(entry => entry.Matches(
            PassFileHost.Length > 0 ? PassFileHost : Host, Port.ToString(CultureInfo.InvariantCulture), database, UserName))?.Password;

    /// <summary>One line for verbose output, such as <c>Port 5433 (environment variable PGPORT)</c>. Shows no secret.</summary>
    /// <param name="setting">A key of <see cref="Origins"/>.</param>
    public string Describe(string setting)
    {
        string? value = setting switch
        {
            nameof(Host) => Host,
            nameof(HostAddress) => HostAddress,
            nameof(Port) => Port.ToString(CultureInfo.InvariantCulture),
            nameof(UserName) => UserName,
            nameof(Database) => Database,
            nameof(PassFile) => PassFile,
            nameof(SslMode) => SslMode.ToString(),
            nameof(RootCertificate) => RootCertificate,
            nameof(Certificate) => Certificate,
            nameof(Key) => Key,
            nameof(ChannelBinding) => ChannelBinding,
            nameof(ApplicationName) => ApplicationName,
            nameof(ConnectTimeout) => $"{ConnectTimeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s",
            nameof(Password) => Password is null ? null : "(set)",
            _ => null,
        };
        return $"{setting} {value ?? "(none)"} ({Origins.GetValueOrDefault(setting, "default")})";
    }

    /// <summary><c>user@host:port</c>.</summary>
    public override string ToString() =>
        IPAddress.TryParse(Host, out IPAddress? ip) && ip.ToString().Contains(':', StringComparison.Ordinal)
            ? $"{UserName}@[{Host}]:{Port.ToString(CultureInfo.InvariantCulture)}"
            : $"{UserName}@{Host}:{Port.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>
    /// The PG* variables that make a libpq program connect to this address and one database. The caller removes every other PG*
    /// variable from the child's environment. Holds the password: never log it.
    /// </summary>
    /// <param name="database">Any name: libpq does not take PGDATABASE for a connection string, so '=' and '://' are safe in it.</param>
    public IReadOnlyDictionary<string, string> ToLibpqEnvironment(string database)
    {
        var variables = new Dictionary<string, string>
        {
            ["PGHOST"] = Host,
            ["PGPORT"] = Port.ToString(CultureInfo.InvariantCulture),
            ["PGUSER"] = UserName,
            ["PGDATABASE"] = database,
            // A file that cannot exist: the password file has been read, by us and for all clients alike.
            // /dev/null itself would do, but libpq warns that it is no plain file.
            ["PGPASSFILE"] = OperatingSystem.IsWindows() ? @"\\.\NUL\none" : "/dev/null/none",
            ["PGSSLMODE"] = SslModeName(SslMode),
            ["PGCHANNELBINDING"] = ChannelBinding,
            ["PGGSSENCMODE"] = "disable",
            ["PGAPPNAME"] = ApplicationName,
            // libpq takes zero for "without end" too, and counts whole seconds.
            ["PGCONNECT_TIMEOUT"] = Math.Ceiling(ConnectTimeout.TotalSeconds).ToString(CultureInfo.InvariantCulture),
        };
        Add("PGHOSTADDR", HostAddress);
        Add("PGPASSWORD", PasswordFor(database));
        Add("PGSSLROOTCERT", RootCertificate);
        Add("PGSSLCERT", Certificate);
        Add("PGSSLKEY", Key);
        return variables;

        void Add(string name, string? value)
        {
            if (value is not null)
                variables[name] = value;
        }
    }

    /// <summary>libpq's spelling of a mode.</summary>
    internal static string SslModeName(PostgresSslMode mode) => mode switch
    {
        PostgresSslMode.VerifyCA => "verify-ca",
        PostgresSslMode.VerifyFull => "verify-full",
        _ => mode.ToString().ToLowerInvariant(),
    };

    /// <summary>libpq's rule: an absolute path, or the mark of Linux's abstract namespace.</summary>
    internal static bool IsSocketDirectory(string host) => host.StartsWith('/') || host.StartsWith('@') || (OperatingSystem.IsWindows() && Path.IsPathRooted(host));
}
