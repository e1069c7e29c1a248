using System.Management.Automation;
using InMidst.Backup.Completion;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Databases;
using InMidst.Backup.Repositories;

namespace InMidst.Backup.Commands;

/// <summary>Lists the databases of a PostgreSQL server.</summary>
/// <remarks>
/// <para>
/// Lists what one can connect to; templates are left out. Each object says when the database was last backed up into the repositories and
/// carries how the server was reached, so that it pipes into <see cref="BackupMidstDatabaseCommand"/>.
/// </para>
/// </remarks>
/// <example>
/// <summary>All databases of a server</summary>
/// <code run="server">
/// Get-MidstDatabase
/// </code>
/// <para>The server is the one that PGHOST, PGPORT, PGUSER and PGPASSWORD name.</para>
/// </example>
/// <example>
/// <summary>Back up all databases whose names begin with midst_</summary>
/// <code>
/// Get-MidstDatabase 'midst_*' -HostName db.example.org | Backup-MidstDatabase
/// </code>
/// <para>The backups are taken from the same server; no parameter need be given again.</para>
/// </example>
/// <seealso cref="BackupMidstDatabaseCommand"/>
[Cmdlet(VerbsCommon.Get, "MidstDatabase")]
[OutputType(typeof(MidstDatabase))]
public sealed class GetMidstDatabaseCommand : SourceCmdlet
{
    /// <summary>Names of the databases to list.</summary>
    /// <value>all</value>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ServerDatabaseCompleter))]
    public string[]? Database { get; set; }

    /// <inheritdoc/>
    private protected override async Task ReadSourceAsync(CancellationToken cancellationToken)
    {
        ServerAddress address = await ResolveAddressAsync(database: null, cancellationToken).ConfigureAwait(false);
        (string version, IReadOnlyList<DatabaseInfo> databases) = await DatabaseList.ReadAsync(address, cancellationToken).ConfigureAwait(false);
        Dictionary<string, DateTimeOffset> backups = await ReadLastBackupsAsync(cancellationToken).ConfigureAwait(false);
        string[] all = [.. databases.Select(d => d.Name)];
        HashSet<string> chosen = [.. Database?.SelectMany(n => NamePatterns.Choose(n, all)) ?? all];
        foreach (DatabaseInfo database in databases.Where(d => chosen.Contains(d.Name)))
        {
            DateTimeOffset? last = backups.TryGetValue(database.Name, out DateTimeOffset started) ? started : null;
            await WriteObjectAsync(ToOutput(database, address, version, last), cancellationToken).ConfigureAwait(false);
        }

        foreach (string name in Database?.Where(n => !NamePatterns.IsPattern(n) && databases.All(d => d.Name != n)) ?? [])
        {
            var missing = new BackupException(ErrorIds.DatabaseNotFound, $"The server at {address} has no database '{name}'.", target: name);
            await WriteErrorAsync(missing, cancellationToken).ConfigureAwait(false);
        }
    }

    private static MidstDatabase ToOutput(DatabaseInfo database, ServerAddress address, string version, DateTimeOffset? last) => new()
    {
        Database = database.Name,
        Size = database.Size,
        Owner = database.Owner,
        Encoding = database.Encoding,
        Collation = database.Collation,
        LastBackup = last?.LocalDateTime,
        ServerVersion = version,
        HostName = address.Host,
        Port = address.Port,
        UserName = address.UserName,
        Credential = address.Password is null ? null : Credentials.Make(address.UserName, address.Password),
        SslMode = (MidstSslMode)address.SslMode,
        SslRootCertificate = address.RootCertificate,
        SslCertificate = address.Certificate,
        SslKey = address.Key,
    };

    private async Task<Dictionary<string, DateTimeOffset>> ReadLastBackupsAsync(CancellationToken cancellationToken)
    {
        var last = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        RepositoryCatalog catalog = await OpenCatalogAsync(AgeIdentities.None, PostVerbose, cancellationToken).ConfigureAwait(false);
        await foreach (CatalogBackup backup in catalog.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (backup.Nearest.Manifest is { } manifest)
                last[manifest.Series.Database] = backup.Nearest.Started;
        }

        // Where nothing was ever backed up there is no repository, and "never" is the truth.
        foreach (RepositoryFailure failure in catalog.Failures.Where(f => f.Cause.Id != ErrorIds.RepositoryNotFound))
            PostWarning(failure.ToError("LastBackup leaves out a repository.").Message);
        return last;
    }
}
