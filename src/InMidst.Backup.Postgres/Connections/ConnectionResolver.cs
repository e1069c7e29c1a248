using System.Collections;
using System.Globalization;
using System.Net;

namespace InMidst.Backup.Postgres.Connections;

/// <summary>
/// Decides which server is meant: parameter, then connection string, then service, then PG* variable, then default. It follows
/// libpq, with one exception for safety: a PGHOSTADDR never redirects a host that a stronger source named.
/// </summary>
public static class ConnectionResolver
{
    private const int DefaultTimeout = 15;

    /// <summary>Where servers put their sockets: as Debian and Red Hat build them, then as PostgreSQL itself does.</summary>
    private static readonly string[] SocketDirectories = ["/var/run/postgresql", "/tmp"];

    /// <summary>Resolves what a user gave. Reads files, contacts nothing.</summary>
    /// <param name="parameters">What the user gave.</param>
    /// <param name="environment">The variables to look at; see <see cref="ProcessEnvironment"/>. Empty where a named environment decides.</param>
    /// <param name="machine">This machine unless a test says otherwise.</param>
    /// <exception cref="Core.Errors.BackupException">InvalidConnectionSettings: names the setting and its source, never a password.</exception>
    public static ServerAddress Resolve(
        ConnectionParameters parameters, IReadOnlyDictionary<string, string> environment, ILocalMachine? machine = null)
    {
        machine ??= LocalMachine.Current;
        var warnings = new List<string>();
        SettingLayers layers = BuildLayers(parameters, environment, machine, warnings);
        RefuseSeveralHosts(layers);

        string user = layers.Pick(LibpqKeywords.User, nameof(ServerAddress.UserName)) ?? machine.UserName;
        int port = layers.PickNumber(LibpqKeywords.Port, nameof(ServerAddress.Port), 1, 65535) ?? 5432;
        (string host, string? hostAddress) = PickHost(layers, machine, port);
        TlsSettings tls = TlsSettings.Resolve(layers, machine, usesTls: !ServerAddress.IsSocketDirectory(host));
        string? password = layers.Pick(LibpqKeywords.Password, nameof(ServerAddress.Password));
        string? passFile = layers.Pick(LibpqKeywords.PassFile, nameof(ServerAddress.PassFile)) ?? PassFile.DefaultPath(machine);
        int timeout = layers.PickNumber(LibpqKeywords.ConnectTimeout, nameof(ServerAddress.ConnectTimeout), int.MinValue, int.MaxValue) ?? DefaultTimeout;

        return new ServerAddress
        {
            Host = host,
            HostAddress = hostAddress,
            Port = port,
            UserName = user,
            Password = password,
            Database = layers.Pick(LibpqKeywords.Database, nameof(ServerAddress.Database)) ?? user,
            PassFile = passFile,
            SslMode = tls.Mode,
            RootCertificate = tls.RootCertificate,
            Certificate = tls.Certificate,
            Key = tls.Key,
            ChannelBinding = layers.PickWord(
                LibpqKeywords.ChannelBinding, nameof(ServerAddress.ChannelBinding), "disable", "prefer", "require") ?? "prefer",
            ApplicationName = layers.Pick(LibpqKeywords.ApplicationName, nameof(ServerAddress.ApplicationName)) ?? "InMidst.Backup",
            // libpq takes zero and less for "without end".
            ConnectTimeout = TimeSpan.FromSeconds(Math.Max(timeout, 0)),
            PassFileEntries = password is null && passFile is not null ? PassFile.Read(passFile, machine, warnings) : [],
            PassFileHost = SocketDirectories.Contains(host) ? "localhost" : host,
            Origins = layers.Origins,
            Warnings = warnings,
        };
    }

    /// <summary>The variables of this process whose names begin with PG.</summary>
    public static IReadOnlyDictionary<string, string> ProcessEnvironment() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(variable => ((string)variable.Key).StartsWith("PG", StringComparison.Ordinal))
            .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "");

    private static SettingLayers BuildLayers(
        ConnectionParameters parameters, IReadOnlyDictionary<string, string> environment, ILocalMachine machine, List<string> warnings)
    {
        var layers = new SettingLayers();
        layers.Add(FromParameters(parameters), ParameterName);
        if (!string.IsNullOrWhiteSpace(parameters.ConnectionString))
            layers.Add(ConnectionStringParser.Parse(parameters.ConnectionString, warnings), _ => "parameter -ConnectionString");

        Dictionary<string, string> variables = LibpqKeywords.Variables
            .Where(pair => environment.ContainsKey(pair.Value))
            .ToDictionary(pair => pair.Key, pair => environment[pair.Value]);
        string? service = layers.Find(LibpqKeywords.Service)?.Value ?? variables.GetValueOrDefault(LibpqKeywords.Service);
        if (!string.IsNullOrEmpty(service))
        {
            ServiceFile.Entry entry = ServiceFile.Find(service, environment, machine, warnings);
            layers.Add(entry.Settings, _ => $"service '{service}' in {entry.Path}");
        }

        layers.Add(variables, keyword => $"environment variable {LibpqKeywords.Variables[keyword]}");
        foreach (string name in LibpqKeywords.VariablesWithoutEffect.Where(name => environment.TryGetValue(name, out string? value) && value.Length > 0))
            warnings.Add($"The environment variable {name} has no effect.");
        return layers;
    }

    private static Dictionary<string, string> FromParameters(ConnectionParameters parameters)
    {
        var settings = new Dictionary<string, string>();
        Add(LibpqKeywords.Host, parameters.HostName);
        Add(LibpqKeywords.Port, parameters.Port?.ToString(CultureInfo.InvariantCulture));
        Add(LibpqKeywords.User, parameters.UserName);
        Add(LibpqKeywords.Password, parameters.Password);
        Add(LibpqKeywords.Database, parameters.Database);
        Add(LibpqKeywords.SslMode, parameters.SslMode is { } mode ? ServerAddress.SslModeName(mode) : null);
        Add(LibpqKeywords.SslRootCertificate, parameters.SslRootCertificate);
        Add(LibpqKeywords.SslCertificate, parameters.SslCertificate);
        Add(LibpqKeywords.SslKey, parameters.SslKey);
        Add(LibpqKeywords.Service, parameters.Service);
        return settings;

        void Add(string keyword, string? value)
        {
            if (value is not null)
                settings[keyword] = value;
        }
    }

    private static string ParameterName(string keyword) => "parameter -" + keyword switch
    {
        LibpqKeywords.Host => nameof(ConnectionParameters.HostName),
        LibpqKeywords.Port => nameof(ConnectionParameters.Port),
        LibpqKeywords.User => nameof(ConnectionParameters.UserName),
        LibpqKeywords.Password => "Credential",
        LibpqKeywords.Database => nameof(ConnectionParameters.Database),
        LibpqKeywords.SslMode => nameof(ConnectionParameters.SslMode),
        LibpqKeywords.SslRootCertificate => nameof(ConnectionParameters.SslRootCertificate),
        LibpqKeywords.SslCertificate => nameof(ConnectionParameters.SslCertificate),
        LibpqKeywords.SslKey => nameof(ConnectionParameters.SslKey),
        _ => nameof(ConnectionParameters.Service),
    };

    private static (string Host, string? Address) PickHost(SettingLayers layers, ILocalMachine machine, int port)
    {
        SettingLayers.Found? host = layers.Find(LibpqKeywords.Host);
        SettingLayers.Found? address = layers.Find(LibpqKeywords.HostAddress);
        if (host is not null && address is not null && address.Rank > host.Rank)
            address = null;
        if (address is not null && !IPAddress.TryParse(address.Value, out _))
            throw InvalidSettings.Because($"The hostaddr ({address.Origin}) is not an IP address; a name belongs into host.");
        if (host is not null && host.Value.Contains(':', StringComparison.Ordinal) && !ServerAddress.IsSocketDirectory(host.Value)
            && !IPAddress.TryParse(host.Value, out _))
            throw InvalidSettings.Because($"The host ({host.Origin}) contains a colon but is no IPv6 address; the port is given by itself.");

        layers.Note(nameof(ServerAddress.Host), host ?? address);
        if (address is not null)
            layers.Note(nameof(ServerAddress.HostAddress), address);

        // Where there is no name for the certificate, the address is all there is.
        return host is not null ? (host.Value, address?.Value) : (address?.Value ?? DefaultHost(machine, port), null);
    }

    /// <summary>The directory in which a server of that port has its socket, else localhost.</summary>
    private static string DefaultHost(ILocalMachine machine, int port) =>
        (machine.IsWindows ? null : SocketDirectories.FirstOrDefault(directory =>
            machine.FileExists($"{directory}/.s.PGSQL.{port.ToString(CultureInfo.InvariantCulture)}")))
        ?? "localhost";

    private static void RefuseSeveralHosts(SettingLayers layers)
    {
        string[] lists = [LibpqKeywords.Host, LibpqKeywords.HostAddress, LibpqKeywords.Port];
        if (lists.Any(keyword => layers.Find(keyword)?.Value.Contains(',', StringComparison.Ordinal) == true))
            throw ConnectionStringParser.SeveralHosts();
    }
}
