using System.ComponentModel;
using System.Management.Automation;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Commands;

/// <summary>
/// The connection parameters. Here they never bind from the pipeline: a piped backup must not choose the server it is restored to.
/// <see cref="SourceCmdlet"/> lets them bind where a source is read.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class ConnectionCmdlet : RepositoryCmdlet
{
    /// <summary>Host name or address of the server, or the directory of its Unix socket.</summary>
    /// <value>PGHOST, else the local socket or localhost</value>
    [Parameter]
    public virtual string? HostName { get; set; }

    /// <summary>Port of the server.</summary>
    /// <value>PGPORT, else 5432</value>
    [Parameter]
    [ValidateRange(1, 65535)]
    public virtual int? Port { get; set; }

    /// <summary>Role to connect as, where no password is needed or a password file has it.</summary>
    /// <value>PGUSER, else the name of the account</value>
    [Parameter]
    public virtual string? UserName { get; set; }

    /// <summary>Role and password to connect with.</summary>
    [Parameter]
    public virtual PSCredential? Credential { get; set; }

    /// <summary>How TLS is used.</summary>
    /// <value>PGSSLMODE, else Prefer</value>
    [Parameter]
    public virtual MidstSslMode? SslMode { get; set; }

    /// <summary>File with the certificates of the authorities to trust, or the word system.</summary>
    [Parameter]
    public virtual string? SslRootCertificate { get; set; }

    /// <summary>File with the client's certificate.</summary>
    [Parameter]
    public virtual string? SslCertificate { get; set; }

    /// <summary>File with the client's key.</summary>
    [Parameter]
    public virtual string? SslKey { get; set; }

    /// <summary>Connection string of libpq: keywords, or a postgresql:// URI. Other connection parameters come before it.</summary>
    [Parameter]
    public string? ConnectionString { get; set; }

    /// <summary>Entry of the connection service file that holds the connection's settings.</summary>
    /// <value>PGSERVICE</value>
    [Parameter]
    public string? Service { get; set; }

    /// <summary>Directories with PostgreSQL's programs, instead of the usual places.</summary>
    [Parameter]
    public string[]? BinDirectory { get; set; }

    /// <summary>Whether the user named a server by any of the parameters.</summary>
    private protected bool NamesServer => Given(HostName) is not null || Given(ConnectionString) is not null || Given(Service) is not null;

    /// <summary>The address the parameters, the service file and the PG* variables give. Contacts nothing.</summary>
    private protected async Task<ServerAddress> ResolveAddressAsync(string? database, CancellationToken cancellationToken)
    {
        string? userName = Given(UserName);
        if (Credential is not null && userName is not null && Credential.UserName != userName)
            throw new BackupException(ErrorIds.InvalidArgument, "-UserName and -Credential name different roles.");
        var parameters = new ConnectionParameters
        {
            HostName = Given(HostName),
            Port = Port,
            UserName = Credential?.UserName ?? userName,
            Password = Credential?.GetNetworkCredential().Password,
            Database = Given(database),
            SslMode = (PostgresSslMode?)SslMode,
            SslRootCertificate = SslRootCertificate == "system" ? SslRootCertificate : await ResolveFileAsync(SslRootCertificate, cancellationToken).ConfigureAwait(false),
            SslCertificate = await ResolveFileAsync(SslCertificate, cancellationToken).ConfigureAwait(false),
            SslKey = await ResolveFileAsync(SslKey, cancellationToken).ConfigureAwait(false),
            ConnectionString = Given(ConnectionString),
            Service = Given(Service),
        };
        ServerAddress address = ConnectionResolver.Resolve(parameters, ConnectionResolver.ProcessEnvironment());
        foreach (string warning in address.Warnings)
            PostWarning(warning);
        foreach (string setting in address.Origins.Where(o => o.Value != "default" || o.Key is "Host" or "Port" or "UserName").Select(o => o.Key))
            PostVerbose(address.Describe(setting));
        return address;
    }

    // PowerShell binds an object's null to a string parameter as an empty string.
    private static string? Given(string? value) => string.IsNullOrEmpty(value) ? null : value;

    private async Task<string?> ResolveFileAsync(string? file, CancellationToken cancellationToken) =>
        Given(file) is null ? null : await ResolvePathAsync(file!, cancellationToken).ConfigureAwait(false);

    /// <summary>Absolute directories of -BinDirectory.</summary>
    private protected async Task<IReadOnlyList<string>?> ResolveBinDirectoriesAsync(CancellationToken cancellationToken)
    {
        if (BinDirectory is null)
            return null;
        var directories = new List<string>();
        foreach (string directory in BinDirectory)
            directories.Add(await ResolvePathAsync(directory, cancellationToken).ConfigureAwait(false));
        return directories;
    }
}
