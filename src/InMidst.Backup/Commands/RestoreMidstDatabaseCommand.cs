using System.Management.Automation;
using InMidst.Backup.Completion;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Postgres.Globals;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Repositories;

namespace InMidst.Backup.Commands;

/// <summary>Restores PostgreSQL databases from backups or plain dump files.</summary>
/// <remarks>
/// <para>
/// Reads this module's dumps and any plain SQL dump of pg_dump, compressed or not. It never uses psql: the statements are read and sent one
/// by one, and psql's own commands in a file are refused. The bytes are checked against what was recorded while they are loaded.
/// </para>
/// <para>
/// The database is filled under a name of its own, with the source's encoding, locale, settings and grants, and gets the target's name when
/// it is whole. A restore that fails or is stopped leaves nothing; an existing database is not touched unless it is empty, or -Replace is
/// given. What the server lacks (roles, extensions, tablespaces, a locale) is found before the first byte is loaded. At the end the tables
/// are analysed, so that the first queries are planned as later ones are.
/// </para>
/// <para>
/// With -Replace the existing database stays in use until the restored copy is whole and was compared, table by table, with what the backup
/// recorded. Then both are renamed in one transaction: whatever fails, and whenever the process is killed, the name stands for the old
/// database or for the new one. The new one has the owner, grants, settings, tablespace and comment of the one it replaces.
/// </para>
/// <para>
/// The server is the one that the connection parameters or the PG* variables name, never the one a backup came from.
/// </para>
/// <para>
/// A backup that lies in several repositories is read from the nearest: a directory before a bucket. When that copy turns out damaged,
/// missing or out of reach, a warning names it and the restore begins anew from the next one. From S3 only the ranges that are needed are
/// read, without a temporary file.
/// </para>
/// <para>
/// Of an encrypted backup nothing is restored that was not authenticated before. -IdentityFile, -IdentityKey or -Passphrase opens it, and
/// also what age itself encrypted.
/// </para>
/// </remarks>
/// <example>
/// <summary>Restore the newest backup beside the original</summary>
/// <code run="server">
/// Backup-MidstDatabase -Database postgres | Restore-MidstDatabase -TargetDatabase postgres_copy
/// </code>
/// <para>The server is the one that PGHOST, PGPORT, PGUSER and PGPASSWORD name.</para>
/// </example>
/// <example>
/// <summary>Restore a file on another server</summary>
/// <code>
/// Restore-MidstDatabase -Path ./backups/midst_prod_20260206_020000.sql.gz -TargetDatabase midst_prod -HostName new.example.org
/// </code>
/// <para>The file may be one that pg_dump and gzip wrote.</para>
/// </example>
/// <example>
/// <summary>Restore by database name</summary>
/// <code>
/// Restore-MidstDatabase -Database midst_prod -Latest -TargetDatabase midst_test -Repository /srv/backups
/// </code>
/// <para>-Database chooses the backup, -TargetDatabase names what is made.</para>
/// </example>
/// <example>
/// <summary>Get two tables back, beside the live database</summary>
/// <code>
/// Restore-MidstDatabase -Database midst_prod -Latest -Table app.orders, app.order_items -TargetDatabase rescue -NoOwner -NoPrivileges
/// </code>
/// <para>Only the rows of these tables are read from the backup. From the new database they can be copied to where they are missing.</para>
/// </example>
/// <example>
/// <summary>Replace a live database</summary>
/// <code>
/// Restore-MidstDatabase -Database midst_prod -Latest -Replace -DisconnectUsers -Confirm:$false
/// </code>
/// <para>Sessions are ended for the moment of the replacement. The old database is kept; ReplacedDatabase tells its name.</para>
/// </example>
/// <example>
/// <summary>Move to a new server with the roles</summary>
/// <code>
/// Get-MidstBackup -Latest | Restore-MidstDatabase -HostName new.example.org -Globals Missing
/// </code>
/// <para>Creates the roles and tablespaces that each dump needs. Passwords are in a backup only where -IncludeRolePasswords put them.</para>
/// </example>
/// <example>
/// <summary>Restore an encrypted backup from S3 on a new machine</summary>
/// <code>
/// Restore-MidstDatabase -Database midst_prod -Latest -Repository s3://inmidst-backups/backups -S3Profile backup -IdentityFile ./midst.key
/// </code>
/// <para>The machine needs nothing but the profile's credentials and the identity file. Where S3_BUCKET is set, -Repository can be left out.</para>
/// </example>
/// <seealso cref="GetMidstBackupCommand"/>
/// <seealso cref="TestMidstBackupCommand"/>
[Cmdlet(VerbsData.Restore, "MidstDatabase", DefaultParameterSetName = BackupSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(MidstRestore))]
public sealed class RestoreMidstDatabaseCommand : BackupInputCmdlet
{
    /// <summary>Name of the database to make. If it exists it must be empty, or -Replace be given.</summary>
    /// <value>the name of the backup's database</value>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ServerDatabaseCompleter))]
    public string? TargetDatabase { get; set; }

    /// <summary>Database to connect to for making the target.</summary>
    /// <value>postgres</value>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string MaintenanceDatabase { get; set; } = "postgres";

    /// <summary>
    /// Replaces an existing database once the restored copy was compared with what the backup recorded. The old one is kept under the name
    /// DATABASE_replaced_TIME, in UTC.
    /// </summary>
    [Parameter]
    public SwitchParameter Replace { get; set; }

    /// <summary>Ends the sessions in a database for the moment in which it is replaced. Without it they refuse the replacement.</summary>
    [Parameter]
    public SwitchParameter DisconnectUsers { get; set; }

    /// <summary>Drops the replaced database when the new one has its name.</summary>
    [Parameter]
    public SwitchParameter DropReplaced { get; set; }

    /// <summary>
    /// Replaces a database though logical replication slots or enabled subscriptions belong to it; they stay with the old one.
    /// </summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>
    /// What is done with the roles and tablespaces that were backed up beside the dump: Missing creates those that the dump needs and the
    /// server lacks; All creates all, and gives existing roles the attributes, settings and memberships of the backup. Nothing is dropped,
    /// and the role that connects is not changed.
    /// </summary>
    /// <value>Skip</value>
    [Parameter]
    public MidstGlobals Globals { get; set; } = MidstGlobals.Skip;

    /// <summary>
    /// Connections that load side by side: rows, then indexes and constraints. Where the server has no room for all, fewer do it, with a
    /// warning. Dumps of other tools are loaded by one.
    /// </summary>
    /// <value>The number of processors, at least 2 and at most 8</value>
    [Parameter]
    [ValidateRange(1, 64)]
    public int? ThrottleLimit { get; set; }

    /// <summary>
    /// Restores these tables only, as SCHEMA.TABLE or TABLE, with all that belongs to them (indexes, constraints, sequences, triggers,
    /// policies, grants) and what they need to be made (types, functions, extensions). Foreign keys come along where both tables do. A
    /// partitioned table comes with its partitions; a partition chosen alone becomes an ordinary table. Large objects are not restored.
    /// Only for this module's dumps.
    /// </summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Table { get; set; }

    /// <summary>
    /// Restores these schemas only, with what they need of others: tables of other schemas come without rows. With -Table it chooses among
    /// the tables of these schemas. Only for this module's dumps.
    /// </summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Schema { get; set; }

    /// <summary>Restores no rows, no values of sequences, no large objects, and leaves materialised views unfilled.</summary>
    [Parameter]
    public SwitchParameter SchemaOnly { get; set; }

    /// <summary>
    /// Leaves out ANALYZE, by which the server collects the statistics its query planner needs. Without them queries may be slow until
    /// autovacuum has come by, which never analyses partitioned tables.
    /// </summary>
    [Parameter]
    public SwitchParameter SkipAnalyze { get; set; }

    /// <summary>Gives everything to the role that restores it, instead of its owners in the source, which need not exist then.</summary>
    [Parameter]
    public SwitchParameter NoOwner { get; set; }

    /// <summary>Leaves out all grants and default privileges.</summary>
    [Parameter]
    public SwitchParameter NoPrivileges { get; set; }

    /// <summary>Puts everything into the default tablespace.</summary>
    [Parameter]
    public SwitchParameter NoTablespaces { get; set; }

    /// <summary>Role to take (SET ROLE) after connecting; with -NoOwner everything is its own.</summary>
    /// <value>the role that connects</value>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Role { get; set; }

    /// <inheritdoc/>
    private protected override async Task ProcessAsync(ChosenBackup backup, CancellationToken cancellationToken)
    {
        foreach (RepositoryFailure unasked in backup.Unasked)
            PostWarning(unasked.ToError("A repository could not be asked for the backup.").Message);
        bool isConfirmed = false;
        for (int i = 0; i < backup.Copies.Count; i++)
        {
            StoredCopy copy = backup.Copies[i];
            try
            {
                BackupRecord record = await copy.OpenAsync(cancellationToken).ConfigureAwait(false);
                RestoreOptions options = await OptionsAsync(record, cancellationToken).ConfigureAwait(false);
                isConfirmed = isConfirmed || await ConfirmAsync(record, options, cancellationToken).ConfigureAwait(false);
                if (isConfirmed)
                    await RestoreAsync(record, copy, options, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (BackupException e) when (i + 1 < backup.Copies.Count && CopyTrouble.Concerns(e))
            {
                // What the failed attempt had made is gone already: a restore works aside, in a database of its own.
                string roles = Globals == MidstGlobals.Skip ? "" : " Roles and tablespaces that were made stay.";
                PostWarning($"{new RepositoryFailure(copy.Location, e).ToError().Message} The restore is begun anew from {backup.Copies[i + 1].Location}.{roles}");
            }
        }
    }

    private async Task<RestoreOptions> OptionsAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        string target = TargetDatabase ?? backup.Database
            ?? throw new BackupException(ErrorIds.InvalidArgument, $"'{backup.Id}' does not tell its database; -TargetDatabase must name one.", target: backup.Id);
        if (!Replace && (DisconnectUsers || DropReplaced || Force))
            throw new BackupException(ErrorIds.InvalidArgument, "-DisconnectUsers, -DropReplaced and -Force belong to -Replace.");
        return WithParts(new RestoreOptions
        {
            Address = await ResolveAddressAsync(MaintenanceDatabase, cancellationToken).ConfigureAwait(false),
            TargetDatabase = target,
            MaintenanceDatabase = MaintenanceDatabase,
            Replace = Replace,
            DisconnectUsers = DisconnectUsers,
            DropReplaced = DropReplaced,
            Force = Force,
            Globals = (GlobalsMode)Globals,
        });
    }

    private async Task RestoreAsync(BackupRecord backup, StoredCopy copy, RestoreOptions options, CancellationToken cancellationToken)
    {
        PostVerbose($"Restoring from {copy.Location}.");
        RestoreResult result = await new DatabaseRestore(options, Clock, PostWarning)
            .RunAsync(backup, ProgressBar($"Restoring {options.TargetDatabase}"), cancellationToken).ConfigureAwait(false);
        PostProgressCompleted();
        await WriteObjectAsync(result.ToOutput(backup, copy.Location, options), cancellationToken).ConfigureAwait(false);
    }

    private RestoreOptions WithParts(RestoreOptions options) => options with
    {
        Workers = ThrottleLimit ?? options.Workers,
        Tables = Patterns(Table),
        Schemas = Patterns(Schema),
        SchemaOnly = SchemaOnly,
        Analyze = !SkipAnalyze,
        NoOwner = NoOwner,
        NoPrivileges = NoPrivileges,
        NoTablespaces = NoTablespaces,
        Role = Role,
    };

    private static NamePattern[]? Patterns(string[]? patterns) =>
        patterns is null ? null : [.. patterns.Select(p => new NamePattern(p, name => NamePatterns.Matches([p], name)))];

    private async Task<bool> ConfirmAsync(BackupRecord backup, RestoreOptions options, CancellationToken cancellationToken)
    {
        string target = $"database '{options.TargetDatabase}' at {options.Address}";
        string? replaces = Replace ? await ReplacementPreview.DescribeAsync(options, Clock, cancellationToken).ConfigureAwait(false) : null;
        string action = replaces is null ? $"Restore from {backup.Id}" : $"Replace by a restore from {backup.Id} ({replaces})";
        if (!await ShouldProcessAsync(target, action, cancellationToken).ConfigureAwait(false))
            return false;

        // ConfirmImpact stands for the whole cmdlet and is that of a restore; replacing a database is more, and asks where only High does.
        bool asks = replaces is not null && await OnPipelineAsync(
            () => !MyInvocation.BoundParameters.ContainsKey("Confirm") && ConfirmPreference() == ConfirmImpact.High, cancellationToken).ConfigureAwait(false);
        return !asks || await ShouldContinueAsync($"{action} on {target}?", "Replace a database", cancellationToken).ConfigureAwait(false);
    }

    private ConfirmImpact ConfirmPreference() =>
        LanguagePrimitives.TryConvertTo(GetVariableValue("ConfirmPreference"), out ConfirmImpact preference) ? preference : ConfirmImpact.High;
}
