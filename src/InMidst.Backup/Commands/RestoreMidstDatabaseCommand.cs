using System.Management.Automation;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Restore;

namespace InMidst.Backup.Commands;

/// <summary>Restores PostgreSQL databases from backups or plain dump files.</summary>
/// <remarks>
/// <para>
/// Reads this module's dumps and any plain SQL dump of pg_dump, compressed or not. It never uses psql: the statements are read and sent one
/// by one, and psql's own commands in a file are refused. The bytes are checked against what was recorded while they are loaded.
/// </para>
/// <para>
/// The database is filled under a name of its own, with the source's encoding, locale, settings and grants, and gets the target's name when
/// it is whole. A restore that fails or is stopped leaves nothing; an existing database is never touched unless it is empty. What the server
/// lacks (roles, extensions, tablespaces, a locale) is found before the first byte is loaded.
/// </para>
/// <para>
/// The server is the one that the connection parameters or the PG* variables name, never the one a backup came from.
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
/// <seealso cref="GetMidstBackupCommand"/>
/// <seealso cref="TestMidstBackupCommand"/>
[Cmdlet(VerbsData.Restore, "MidstDatabase", DefaultParameterSetName = BackupSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(MidstRestore))]
public sealed class RestoreMidstDatabaseCommand : BackupInputCmdlet
{
    /// <summary>Name of the database to make. If it exists it must be empty.</summary>
    /// <value>the name of the backup's database</value>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TargetDatabase { get; set; }

    /// <summary>Database to connect to for making the target.</summary>
    /// <value>postgres</value>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string MaintenanceDatabase { get; set; } = "postgres";

    /// <inheritdoc/>
    private protected override async Task ProcessAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        string target = TargetDatabase ?? backup.Database
            ?? throw new BackupException(ErrorIds.InvalidArgument, $"'{backup.Id}' does not tell its database; -TargetDatabase must name one.", target: backup.Id);
        ServerAddress address = await ResolveAddressAsync(MaintenanceDatabase, cancellationToken).ConfigureAwait(false);
        if (!await ShouldProcessAsync($"database '{target}' at {address}", $"Restore from {backup.Id}", cancellationToken).ConfigureAwait(false))
            return;
        var options = new RestoreOptions { Address = address, TargetDatabase = target, MaintenanceDatabase = MaintenanceDatabase };
        RestoreResult result = await new DatabaseRestore(options, Clock, PostWarning)
            .RunAsync(backup, ProgressBar($"Restoring {target}"), cancellationToken).ConfigureAwait(false);
        PostProgressCompleted();
        await WriteObjectAsync(new MidstRestore
        {
            Id = backup.Id,
            TargetDatabase = target,
            HostName = address.Host,
            Port = address.Port,
            ServerVersion = result.ServerVersion,
            Tables = result.Tables,
            Rows = result.Rows,
            Started = result.Started,
            Duration = result.Duration,
        }, cancellationToken).ConfigureAwait(false);
    }
}
