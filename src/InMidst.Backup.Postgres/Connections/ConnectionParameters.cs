using System.Globalization;

namespace InMidst.Backup.Postgres.Connections;

/// <summary>What a user said about a connection. Null means "not said"; <see cref="ConnectionResolver"/> fills the gaps.</summary>
public sealed record ConnectionParameters
{
    /// <summary>Host name, IP address, or absolute directory of a Unix socket.</summary>
    public string? HostName { get; init; }

    /// <summary>TCP port, or the number in the name of the Unix socket.</summary>
    public int? Port { get; init; }

    /// <summary>Role to log in as.</summary>
    public string? UserName { get; init; }

    /// <summary>Password of the role.</summary>
    public string? Password { get; init; }

    /// <summary>Database to connect to.</summary>
    public string? Database { get; init; }

    /// <summary>How much TLS to ask for.</summary>
    public PostgresSslMode? SslMode { get; init; }

    /// <summary>PEM file of the trusted roots, or <c>system</c> for the machine's own trust store.</summary>
    public string? SslRootCertificate { get; init; }

    /// <summary>PEM file of the client certificate.</summary>
    public string? SslCertificate { get; init; }

    /// <summary>PEM file of the client certificate's key.</summary>
    public string? SslKey { get; init; }

    /// <summary>libpq keywords (<c>host=… port=…</c>) or a <c>postgresql://</c> URI.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>Name of an entry in the service file.</summary>
    public string? Service { get; init; }

    /// <summary>Names what was said about the server; never a password, and not the connection string, which may hold one.</summary>
    public override string ToString()
    {
        (string Keyword, string? Value)[] settings =
        [
            ("host", HostName), ("port", Port?.ToString(CultureInfo.InvariantCulture)), ("user", UserName), ("dbname", Database), ("service", Service),
        ];
        return string.Join(' ', settings.Where(setting => setting.Value is not null).Select(setting => $"{setting.Keyword}={setting.Value}"));
    }
}
