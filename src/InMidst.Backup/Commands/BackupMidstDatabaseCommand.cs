using System.Collections;
using System.Management.Automation;
using System.Security;
using InMidst.Backup.Completion;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Databases;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Repositories;

namespace InMidst.Backup.Commands;

/// <summary>Backs up PostgreSQL databases.</summary>
/// <remarks>
/// <para>
/// Writes each database as one plain SQL script, compressed, that gunzip and psql restore without this module. Schema and data are of
/// one moment: the tables are locked against rewriting, then one snapshot is taken, and pg_dump and COPY both read in it. Every row is
/// counted and summed from the very bytes that are written, so that a test can prove a restored copy against the source.
/// </para>
/// <para>
/// The backup exists when its manifest does, which is written last. Whatever fails before, the repository stays as it was. Beside the
/// dump lie the roles and tablespaces of the server (without passwords, unless -IncludeRolePasswords is given), and a link named DATABASE_latest that points at the newest one.
/// </para>
/// <para>
/// A backup goes into all repositories in one pass, without a temporary file; the slowest sets the pace. One that fails is given up for
/// this backup, the others get theirs, and an error names it. Locations of the backup says where it lies.
/// </para>
/// <para>
/// With -Recipient or -Passphrase everything is encrypted in the age format before it leaves this machine, the roles as well; the manifest
/// beside it, which is not, tells sizes and names but neither tables nor their rows. age and gunzip open it without this module.
/// </para>
/// <para>A database that cannot be backed up is an error of its own; the others go on.</para>
/// </remarks>
/// <example>
/// <summary>Back up one database into ./backups</summary>
/// <code run="server">
/// Backup-MidstDatabase -Database postgres
/// </code>
/// <para>The server is the one that PGHOST, PGPORT, PGUSER and PGPASSWORD name.</para>
/// </example>
/// <example>
/// <summary>Back up and prove it by a restore</summary>
/// <code>
/// Backup-MidstDatabase -Database midst_prod -HostName db.example.org -Repository /srv/backups | Test-MidstBackup -Level Restore
/// </code>
/// <para>The test restores into a throwaway server on this machine and compares every table with the source.</para>
/// </example>
/// <example>
/// <summary>Back up everything but scratch databases, with Zstandard</summary>
/// <code>
/// Backup-MidstDatabase -Database '*' -ExcludeDatabase 'scratch_*' -Compression Zstd
/// </code>
/// <para>Names may have wildcards; they are case-sensitive, as in PostgreSQL.</para>
/// </example>
/// <example>
/// <summary>Back up into a directory and a bucket, encrypted</summary>
/// <code>
/// Backup-MidstDatabase -Database midst_prod -Repository ./backups, s3://inmidst-backups/backups -Recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p
/// </code>
/// <para>The recipient is the public key that New-MidstKey gave. Where S3_BUCKET is set, these are the repositories without -Repository.</para>
/// </example>
/// <example>
/// <summary>Keep a backup in the bucket against removal for a month</summary>
/// <code>
/// Backup-MidstDatabase -Database midst_prod -Repository s3://inmidst-vault/backups -S3ObjectLock Compliance -S3RetainUntil (Get-Date).AddMonths(1) -MaxRate 20MB
/// </code>
/// <para>The bucket must have been made with Object Lock. Until then nobody can remove the backup, whoever has the keys.</para>
/// </example>
/// <seealso cref="GetMidstBackupCommand"/>
/// <seealso cref="TestMidstBackupCommand"/>
/// <seealso cref="RestoreMidstDatabaseCommand"/>
/// <seealso cref="CopyMidstBackupCommand"/>
[Cmdlet(VerbsData.Backup, "MidstDatabase", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(MidstBackup))]
public sealed class BackupMidstDatabaseCommand : SourceCmdlet, IS3ObjectParameters
{
    private readonly List<AgeRecipient> _recipients = [];

    /// <summary>Names of the databases to back up.</summary>
    /// <value>PGDATABASE, else the role's name</value>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ServerDatabaseCompleter))]
    public string[]? Database { get; set; }

    /// <summary>Names of databases to leave out though -Database matches them.</summary>
    [Parameter]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ServerDatabaseCompleter))]
    public string[]? ExcludeDatabase { get; set; }

    /// <summary>Compression of the dump.</summary>
    /// <value>Gzip</value>
    [Parameter]
    public MidstCompression Compression { get; set; } = MidstCompression.Gzip;

    /// <summary>Compression level: 1 (fast) to 9 for gzip, 1 to 19 for Zstandard.</summary>
    /// <value>3 for gzip, 1 for Zstandard</value>
    [Parameter]
    [ValidateRange(1, 19)]
    public int? CompressionLevel { get; set; }

    /// <summary>
    /// Connections that read rows side by side. One more holds the locks and the snapshot. Large tables are read in pieces by several
    /// of them. Where the server has no room for all, fewer do it, with a warning.
    /// </summary>
    /// <value>The number of processors, at least 2 and at most 8</value>
    [Parameter]
    [ValidateRange(1, 64)]
    public int? ThrottleLimit { get; set; }

    /// <summary>Leaves the file with the server's roles and tablespaces out.</summary>
    [Parameter]
    public SwitchParameter ExcludeGlobals { get; set; }

    /// <summary>
    /// Writes the hashes of the roles' passwords into the file with the server's roles. Whoever can read that file can try passwords against
    /// them, so it takes -Force unless the backup is encrypted.
    /// </summary>
    [Parameter]
    public SwitchParameter IncludeRolePasswords { get; set; }

    /// <summary>Writes the hashes of passwords though the file is not encrypted.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Public keys (age1...) for which the backup is encrypted; each of their secret keys alone opens it.</summary>
    /// <value>not encrypted</value>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Recipient { get; set; }

    /// <summary>Encrypts the backup with a passphrase instead of keys. Who forgets it has no backup.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <inheritdoc cref="IS3ObjectParameters.S3ServerSideEncryption"/>
    [Parameter]
    public MidstS3Encryption? S3ServerSideEncryption { get; set; }

    /// <inheritdoc cref="IS3ObjectParameters.S3KmsKeyId"/>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? S3KmsKeyId { get; set; }

    /// <inheritdoc cref="IS3ObjectParameters.S3StorageClass"/>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? S3StorageClass { get; set; }

    /// <inheritdoc cref="IS3ObjectParameters.S3Tag"/>
    [Parameter]
    [ValidateNotNull]
    public Hashtable? S3Tag { get; set; }

    /// <inheritdoc cref="IS3ObjectParameters.S3ObjectLock"/>
    [Parameter]
    public MidstS3ObjectLock? S3ObjectLock { get; set; }

    /// <inheritdoc cref="IS3ObjectParameters.S3RetainUntil"/>
    [Parameter]
    public DateTimeOffset? S3RetainUntil { get; set; }

    /// <inheritdoc cref="IS3ObjectParameters.HasS3LegalHold"/>
    [Parameter]
    public SwitchParameter S3LegalHold { get; set; }

    /// <inheritdoc cref="IS3ObjectParameters.S3PartSize"/>
    [Parameter]
    [ValidateRange(S3Settings.SmallestPartLength, S3Settings.LargestPartLength)]
    public int? S3PartSize { get; set; }

    /// <inheritdoc cref="IS3ObjectParameters.S3MaximumParts"/>
    [Parameter]
    [ValidateRange(1, 10_000)]
    public int? S3MaximumParts { get; set; }

    bool IS3ObjectParameters.HasS3LegalHold => S3LegalHold;

    /// <inheritdoc/>
    protected override async Task BeginAsync(CancellationToken cancellationToken)
    {
        await base.BeginAsync(cancellationToken).ConfigureAwait(false);
        _recipients.AddRange((Recipient ?? []).Select(AgeRecipient.Parse));
        if (Passphrase is not null)
            _recipients.Add(AgeRecipient.FromPassphrase(Passphrase));
        AgeRecipient.Check(_recipients);
        this.RequireS3(await LocateAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    private protected override S3Settings DescribeObjects(S3Settings settings) => this.Describe(settings, Clock.GetUtcNow());

    /// <inheritdoc/>
    private protected override async Task ReadSourceAsync(CancellationToken cancellationToken)
    {
        if (Compression == MidstCompression.Gzip && CompressionLevel > 9)
            throw new BackupException(ErrorIds.InvalidArgument, "gzip knows compression levels 1 to 9.");
        CheckPasswords();
        string[] names = [.. Database?.Where(n => n.Length > 0) ?? []];
        ServerAddress address = await ResolveAddressAsync(names.Length == 1 && !NamePatterns.IsPattern(names[0]) ? names[0] : null, cancellationToken).ConfigureAwait(false);
        OpenedRepositories repositories = await OpenRepositoriesAsync(isForWriting: true, cancellationToken).ConfigureAwait(false);
        if (repositories.Storages.Count == 0)
            throw RepositoryFailure.Combine(repositories.Failures);
        foreach (string database in await FindDatabasesAsync(names, address, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await BackUpAsync(address, database, repositories, cancellationToken).ConfigureAwait(false);
            }
            catch (BackupException e)
            {
                await WriteErrorAsync(e, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private void CheckPasswords()
    {
        if (IncludeRolePasswords && ExcludeGlobals)
            throw new BackupException(ErrorIds.InvalidArgument, "-IncludeRolePasswords and -ExcludeGlobals contradict each other.");
        if (IncludeRolePasswords && !Force && _recipients.Count == 0)
        {
            throw new BackupException(ErrorIds.InvalidArgument, "-IncludeRolePasswords writes the hashes of all passwords into a file that is not encrypted.",
                guidance: "Encrypt the backup (-Recipient, -Passphrase), leave it out and set passwords anew after a restore, or say -Force and guard the repository.");
        }
    }

    private async Task<IReadOnlyList<string>> FindDatabasesAsync(string[] names, ServerAddress address, CancellationToken cancellationToken)
    {
        IEnumerable<string> found = names.Length == 0 ? [address.Database] : names;
        if (names.Any(NamePatterns.IsPattern))
        {
            (_, IReadOnlyList<DatabaseInfo> databases) = await DatabaseList.ReadAsync(address, cancellationToken).ConfigureAwait(false);

            string[] all = [.. databases.Select(d => d.Name)];
            found = names.SelectMany(n => NamePatterns.IsPattern(n) ? NamePatterns.Choose(n, all) : [n]);
        }

        string[] chosen = [.. found.Distinct().Where(d => ExcludeDatabase is null || !NamePatterns.Matches(ExcludeDatabase, d))];
        if (chosen.Length == 0)
            PostWarning($"No database of the server at {address} matches {string.Join(", ", names)}.");
        return chosen;
    }

    private async Task BackUpAsync(ServerAddress address, string database, OpenedRepositories repositories, CancellationToken cancellationToken)
    {
        string places = string.Join(" and ", repositories.Storages.Select(s => s.Properties.Location));
        if (!await ShouldProcessAsync($"database '{database}' of {address}", $"Back up into {places}", cancellationToken).ConfigureAwait(false))
            return;
        List<RepositoryFailure> dropped = [.. repositories.Failures];
        try
        {
            var dump = new DatabaseDump(
                await OptionsAsync(address, database, cancellationToken).ConfigureAwait(false), repositories.Storages, Clock, PostWarning,
                (storage, cause) => dropped.Add(new RepositoryFailure(storage.Properties.Location, cause)));
            IReadOnlyList<BackupRecord> copies = await dump.RunAsync(ProgressBar($"Backing up {database}"), cancellationToken).ConfigureAwait(false);
            PostProgressCompleted();
            await WriteObjectAsync(CopyOrder.Merge(copies).ToOutput(), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // After the backup, so that -ErrorAction Stop does not keep it from the commands behind.
            foreach (RepositoryFailure failure in dropped)
                await WriteErrorAsync(failure.ToError($"The backup of {database} does not lie in {failure.Location}."), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<DumpOptions> OptionsAsync(ServerAddress address, string database, CancellationToken cancellationToken)
    {
        var options = new DumpOptions
        {
            Address = address,
            Database = database,
            Compression = (CompressionKind)Compression,
            CompressionLevel = CompressionLevel,
            Recipients = _recipients,
            ExcludeGlobals = ExcludeGlobals,
            IncludeRolePasswords = IncludeRolePasswords,
            BinDirectories = await ResolveBinDirectoriesAsync(cancellationToken).ConfigureAwait(false),
            Tool = Tool,
            Budget = Access.Budget,
        };
        return ThrottleLimit is { } workers ? options with { Workers = workers } : options;
    }
}
