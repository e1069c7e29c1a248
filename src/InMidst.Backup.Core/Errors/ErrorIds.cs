namespace InMidst.Backup.Core.Errors;

/// <summary>Every error id of the product, in one list. Add here, never in place.</summary>
public static class ErrorIds
{
    // Arguments and configuration
    /// <summary>Parameters contradict each other or cannot be understood.</summary>
    public static readonly ErrorId InvalidArgument = new("InvalidArgument", ErrorKind.InvalidArgument,
        "Correct the parameter and run the command again.");

    /// <summary>The connection string, URI or service entry cannot be understood.</summary>
    public static readonly ErrorId InvalidConnectionSettings = new("InvalidConnectionSettings", ErrorKind.InvalidArgument,
        "Check -ConnectionString, -Service and the PG* environment variables.");

    // Server
    /// <summary>No server answered at the address.</summary>
    public static readonly ErrorId ServerUnreachable = new("ServerUnreachable", ErrorKind.Connection,
        "Check host and port (-HostName, -Port, PGHOST, PGPORT), that the server runs, and that a firewall lets you through.");

    /// <summary>The server refused the user or password.</summary>
    public static readonly ErrorId AuthenticationFailed = new("AuthenticationFailed", ErrorKind.Authentication,
        "Check the user and password (-Credential, -UserName, PGUSER, PGPASSWORD, .pgpass) and the server's pg_hba.conf.");

    /// <summary>The database does not exist on the server.</summary>
    public static readonly ErrorId DatabaseNotFound = new("DatabaseNotFound", ErrorKind.NotFound,
        "Get-MidstDatabase lists the databases of the server.");

    /// <summary>The role may not read or write something that is needed.</summary>
    public static readonly ErrorId PermissionDenied = new("PermissionDenied", ErrorKind.Permission,
        "Grant the role what the message names, or use a role that may read everything (pg_read_all_data, or the owner).");

    /// <summary>The connection to the server broke while it was in use.</summary>
    public static readonly ErrorId ConnectionLost = new("ConnectionLost", ErrorKind.Connection,
        "Look into the server's log, then run the command again; nothing half-done was kept.");

    /// <summary>The server has no room for another connection.</summary>
    public static readonly ErrorId TooManyConnections = new("TooManyConnections", ErrorKind.Resource,
        "Wait for connections to end, or raise max_connections.");

    /// <summary>A lock on a table could not be had.</summary>
    public static readonly ErrorId TableLocked = new("TableLocked", ErrorKind.Busy,
        "Another session holds the table exclusively; run the backup again when it has finished.");

    /// <summary>The server refused a statement for a reason that has no id of its own.</summary>
    public static readonly ErrorId ServerError = new("ServerError", ErrorKind.Connection,
        "The message is the server's own; its log has the details.");

    /// <summary>No TLS connection could be made, or the certificate was not trusted.</summary>
    public static readonly ErrorId TlsFailed = new("TlsFailed", ErrorKind.Authentication,
        "Check -SslMode and -SslRootCertificate (PGSSLMODE, PGSSLROOTCERT), and the certificate of the server.");

    /// <summary>Connections to one address do not reach one server with one set of snapshots.</summary>
    public static readonly ErrorId ServersDiffer = new("ServersDiffer", ErrorKind.Connection,
        "Connect to the server itself, not through a load balancer or pooler.");

    /// <summary>The schema was changed again and again while it was being read.</summary>
    public static readonly ErrorId SourceChanged = new("SourceChanged", ErrorKind.Busy,
        "Tables, schemas or functions were renamed, dropped or rewritten meanwhile; run the backup when the migration has finished.");

    /// <summary>A standby ended the backup's session in order to go on replaying WAL.</summary>
    public static readonly ErrorId RecoveryConflict = new("RecoveryConflict", ErrorKind.Busy,
        "Set hot_standby_feedback = on or a longer max_standby_streaming_delay on the standby, or back up the primary.");

    /// <summary>A pooler between us and the server gives every transaction another session.</summary>
    public static readonly ErrorId PoolerDetected = new("PoolerDetected", ErrorKind.NotSupported,
        "Connect to the PostgreSQL server itself, by its own host and port, or to a pool in session mode.");

    // Client programs
    /// <summary>No pg_dump was found on this machine.</summary>
    public static readonly ErrorId PgDumpNotFound = new("PgDumpNotFound", ErrorKind.NotInstalled,
        "Install the PostgreSQL client (Debian: apt install postgresql-client) or name its directory with -BinDirectory.");

    /// <summary>Every pg_dump that was found is older than the server.</summary>
    public static readonly ErrorId PgDumpTooOld = new("PgDumpTooOld", ErrorKind.NotInstalled,
        "Install a PostgreSQL client of at least the server's major version, or name its directory with -BinDirectory.");

    /// <summary>pg_dump or pg_dumpall ended with an error.</summary>
    public static readonly ErrorId PgDumpFailed = new("PgDumpFailed", ErrorKind.Connection,
        "The message is the program's own.");

    /// <summary>No PostgreSQL server programs (initdb, pg_ctl, postgres) were found for a sandbox.</summary>
    public static readonly ErrorId ServerBinariesNotFound = new("ServerBinariesNotFound", ErrorKind.NotInstalled,
        "Install the PostgreSQL server (Debian: apt install postgresql) or name its directory with -BinDirectory.");

    /// <summary>A sandbox server could not be made or started.</summary>
    public static readonly ErrorId SandboxFailed = new("SandboxFailed", ErrorKind.Resource,
        "The message holds the end of the server's log.");

    /// <summary>No sandbox has this id.</summary>
    public static readonly ErrorId SandboxNotFound = new("SandboxNotFound", ErrorKind.NotFound,
        "Get-MidstSandbox lists them.");

    // Repository
    /// <summary>The repository does not exist.</summary>
    public static readonly ErrorId RepositoryNotFound = new("RepositoryNotFound", ErrorKind.NotFound,
        "Check -Repository; a backup makes the directory, other commands expect it.");

    /// <summary>The repository may not be read or written.</summary>
    public static readonly ErrorId RepositoryAccessDenied = new("RepositoryAccessDenied", ErrorKind.Permission,
        "Give the account the right to this directory, or choose another -Repository.");

    /// <summary>The repository has no room left.</summary>
    public static readonly ErrorId RepositoryFull = new("RepositoryFull", ErrorKind.Resource,
        "Free some space or choose another -Repository; the unfinished backup was removed.");

    /// <summary>An object of the repository does not exist.</summary>
    public static readonly ErrorId ObjectNotFound = new("ObjectNotFound", ErrorKind.NotFound,
        "Get-MidstBackup lists what there is.");

    /// <summary>An object of that name exists already.</summary>
    public static readonly ErrorId ObjectExists = new("ObjectExists", ErrorKind.AlreadyExists,
        "Nothing was overwritten; run the command again.");

    /// <summary>The storage failed in a way that may pass.</summary>
    public static readonly ErrorId RepositoryUnavailable = new("RepositoryUnavailable", ErrorKind.Connection,
        "Run the command again; nothing half-done was kept.");

    /// <summary>Another backup of the same database is writing into the repository.</summary>
    public static readonly ErrorId BackupInProgress = new("BackupInProgress", ErrorKind.Busy,
        "Wait for it to finish. A lock whose owner died is taken over by itself.");

    /// <summary>Another run took this run's lock over because it had shown no sign of life.</summary>
    public static readonly ErrorId LockLost = new("LockLost", ErrorKind.Busy,
        "The machine was suspended or the repository unreachable for minutes; run the backup again.");

    /// <summary>No credentials for the repository were found.</summary>
    public static readonly ErrorId CredentialsNotFound = new("CredentialsNotFound", ErrorKind.Authentication,
        "Give -S3Credential or -S3Profile, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or attach a role to this machine.");

    /// <summary>The repository's server refused the credentials: unknown, wrong or expired.</summary>
    public static readonly ErrorId CredentialsRefused = new("CredentialsRefused", ErrorKind.Authentication,
        "Check access key and secret key, and whether a session token has expired (-S3Credential, -S3Profile, AWS_* variables).");

    /// <summary>This machine's clock and the repository's differ by more than the server takes.</summary>
    public static readonly ErrorId ClockSkewed = new("ClockSkewed", ErrorKind.Authentication,
        "Set the clock of this machine (timedatectl, w32tm, chrony), then run the command again.");

    /// <summary>The bucket lies in another region.</summary>
    public static readonly ErrorId RegionMismatch = new("RegionMismatch", ErrorKind.InvalidArgument,
        "Name the bucket's region with -S3Region or AWS_REGION.");

    /// <summary>An object was replaced or removed while it was being read.</summary>
    public static readonly ErrorId ObjectChanged = new("ObjectChanged", ErrorKind.Busy,
        "Another program wrote the object; run the command again.");

    // Backups
    /// <summary>No backup matches.</summary>
    public static readonly ErrorId BackupNotFound = new("BackupNotFound", ErrorKind.NotFound,
        "Get-MidstBackup lists what there is.");

    /// <summary>The file cannot be read as a dump: truncated, damaged, or something else altogether.</summary>
    public static readonly ErrorId BackupCorrupt = new("BackupCorrupt", ErrorKind.InvalidData,
        "Test-MidstBackup names what is damaged; use another copy or an older backup.");

    /// <summary>The manifest cannot be read.</summary>
    public static readonly ErrorId ManifestCorrupt = new("ManifestCorrupt", ErrorKind.InvalidData,
        "The dump itself may be whole: Restore-MidstDatabase -Path reads it without its manifest.");

    /// <summary>The backup was written by a newer version of this module.</summary>
    public static readonly ErrorId FormatTooNew = new("FormatTooNew", ErrorKind.NotSupported,
        "Update InMidst.Backup.");

    /// <summary>The backup is encrypted, and nothing that could open it was given.</summary>
    public static readonly ErrorId EncryptionKeyMissing = new("EncryptionKeyMissing", ErrorKind.Authentication,
        "Name the identity file with -IdentityFile (or give -IdentityKey); for a passphrase -Passphrase.");

    /// <summary>The backup is encrypted for other keys, or with another passphrase.</summary>
    public static readonly ErrorId EncryptionKeyWrong = new("EncryptionKeyWrong", ErrorKind.Authentication,
        "Get-MidstBackup shows for whom a backup is encrypted; the identity file names its public key.");

    /// <summary>Encrypted in a way that this version does not know.</summary>
    public static readonly ErrorId EncryptionNotSupported = new("EncryptionNotSupported", ErrorKind.NotSupported,
        "age itself can decrypt it (age -d), and what comes out is restored with -Path.");

    /// <summary>An identity file cannot be read, or is none.</summary>
    public static readonly ErrorId IdentityFileInvalid = new("IdentityFileInvalid", ErrorKind.InvalidArgument,
        "An identity file is what New-MidstKey or age-keygen writes: a line AGE-SECRET-KEY-1… for each key.");

    /// <summary>An identity file cannot be made at this place.</summary>
    public static readonly ErrorId IdentityFileNotWritten = new("IdentityFileNotWritten", ErrorKind.InvalidArgument,
        "Choose another -Path: a file that does not exist, in a directory that does.");

    /// <summary>A row is too large to be read as text.</summary>
    public static readonly ErrorId RowTooLarge = new("RowTooLarge", ErrorKind.NotSupported,
        "PostgreSQL cannot write a value of more than half a gigabyte as text.");

    // Restore
    /// <summary>The target database holds something.</summary>
    public static readonly ErrorId TargetNotEmpty = new("TargetNotEmpty", ErrorKind.AlreadyExists,
        "Choose another -TargetDatabase, or replace that database with -Replace.");

    /// <summary>Another restore to the same target is running.</summary>
    public static readonly ErrorId RestoreInProgress = new("RestoreInProgress", ErrorKind.Busy,
        "Wait for it to finish, or choose another -TargetDatabase.");

    /// <summary>The target server lacks something the backup needs.</summary>
    public static readonly ErrorId RequirementMissing = new("RequirementMissing", ErrorKind.NotSupported,
        "Install or create what the message names, then run the restore again. Nothing was changed.");

    /// <summary>The dump holds a psql command that a restore must not run.</summary>
    public static readonly ErrorId MetaCommandRefused = new("MetaCommandRefused", ErrorKind.NotSupported,
        "The file is not the plain dump of one database; pg_dump without --create writes one.");

    /// <summary>The text is not SQL that PostgreSQL's tools would write.</summary>
    public static readonly ErrorId ScriptInvalid = new("ScriptInvalid", ErrorKind.InvalidData,
        "Check that the file is a plain SQL dump, complete and not re-encoded.");

    /// <summary>The server refused a statement of the dump.</summary>
    public static readonly ErrorId StatementFailed = new("StatementFailed", ErrorKind.InvalidData,
        "The half-made database was removed. The message names the statement and where in the dump it stands.");

    /// <summary>A pattern for tables or schemas fits nothing in the backup.</summary>
    public static readonly ErrorId NotInBackup = new("NotInBackup", ErrorKind.NotFound,
        "Names are case-sensitive; the manifest beside a backup lists its tables.");

    /// <summary>Parts cannot be told apart in this dump.</summary>
    public static readonly ErrorId SelectionNotSupported = new("SelectionNotSupported", ErrorKind.NotSupported,
        "Restore the whole dump beside the original, and copy from there what is wanted.");

    /// <summary>The database to be replaced is in use.</summary>
    public static readonly ErrorId TargetInUse = new("TargetInUse", ErrorKind.Busy,
        "End those sessions, or let -DisconnectUsers end them for the moment of the replacement. The database is as it was.");

    /// <summary>Something outside the database to be replaced depends on it: replication slots, subscriptions, prepared transactions.</summary>
    public static readonly ErrorId TargetNotReplaceable = new("TargetNotReplaceable", ErrorKind.Busy,
        "Remove what the message names, or say -Force to leave it behind with the replaced database. The database is as it was.");

    /// <summary>The restored copy is not what the backup recorded of its source.</summary>
    public static readonly ErrorId RestoredCopyDiffers = new("RestoredCopyDiffers", ErrorKind.InvalidData,
        "The copy was removed and the existing database left as it was. Test-MidstBackup -Level Restore tells the same without a target.");

    /// <summary>The backup has no file with roles and tablespaces.</summary>
    public static readonly ErrorId GlobalsNotFound = new("GlobalsNotFound", ErrorKind.NotFound,
        "Create the roles and tablespaces yourself and leave -Globals out, or use a backup made without -ExcludeGlobals.");

    /// <summary>Something that cannot be explained: a defect of ours.</summary>
    public static readonly ErrorId InternalError = new("InternalError", ErrorKind.Internal,
        "Please report it with the output of $Error[0].Exception.ToString().");

    /// <summary>The command was stopped before its end, or an operation inside it was.</summary>
    public static readonly ErrorId OperationStopped = new("OperationStopped", ErrorKind.Stopped,
        "Run the command again; nothing half-done was kept.");
}
