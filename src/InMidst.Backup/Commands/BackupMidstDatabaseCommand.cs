using System.Management.Automation;
using InMidst.Backup.Completion;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Databases;
using InMidst.Backup.Postgres.Dump;

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
/// <seealso cref="GetMidstBackupCommand"/>
/// <seealso cref="TestMidstBackupCommand"/>
/// <seealso cref="RestoreMidstDatabaseCommand"/>
[Cmdlet(VerbsData.Backup, "MidstDatabase", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(MidstBackup))]
public sealed class BackupMidstDatabaseCommand : SourceCmdlet
{
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
    /// them, so it takes -Force.
    /// </summary>
    [Parameter]
    public SwitchParameter IncludeRolePasswords { get; set; }

    /// <summary>Writes the hashes of passwords though the file is not encrypted.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    private protected override async Task ReadSourceAsync(CancellationToken cancellationToken)
    {
        if (Compression == MidstCompression.Gzip && CompressionLevel > 9)
            throw new BackupException(ErrorIds.InvalidArgument, "gzip knows compression levels 1 to 9.");
        CheckPasswords();
        string[] names = [.. Database?.Where(n => n.Length > 0) ?? []];
        ServerAddress address = await ResolveAddressAsync(names.Length == 1 && !NamePatterns.IsPattern(names[0]) ? names[0] : null, cancellationToken).ConfigureAwait(false);
        IStorage storage = await OpenStorageAsync(Repository, cancellationToken).ConfigureAwait(false);
        foreach (string database in await FindDatabasesAsync(names, address, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await BackUpAsync(address, database, storage, cancellationToken).ConfigureAwait(false);
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
        if (IncludeRolePasswords && !Force)
        {
            throw new BackupException(ErrorIds.InvalidArgument, "-IncludeRolePasswords writes the hashes of all passwords into a file that is not encrypted.",
                guidance: "Leave it out and set passwords anew after a restore, or say -Force and guard the repository.");
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

    private async Task BackUpAsync(ServerAddress address, string database, IStorage storage, CancellationToken cancellationToken)
    {
        if (!await ShouldProcessAsync($"database '{database}' of {address}", $"Back up into {storage.Properties.Location}", cancellationToken).ConfigureAwait(false))
            return;
        var options = new DumpOptions
        {
            Address = address,
            Database = database,
            Compression = (CompressionKind)Compression,
            CompressionLevel = CompressionLevel,
            ExcludeGlobals = ExcludeGlobals,
            IncludeRolePasswords = IncludeRolePasswords,
            BinDirectories = await ResolveBinDirectoriesAsync(cancellationToken).ConfigureAwait(false),
            Tool = Tool,
        };
        if (ThrottleLimit is { } workers)
            options = options with { Workers = workers };
        var dump = new DatabaseDump(options, [storage], Clock, PostWarning, (_, _) => { });
        IReadOnlyList<BackupRecord> copies = await dump.RunAsync(ProgressBar($"Backing up {database}"), cancellationToken).ConfigureAwait(false);
        PostProgressCompleted();
        await WriteObjectAsync(copies[0].ToOutput(), cancellationToken).ConfigureAwait(false);
    }
}
