using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Processes;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Installations;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>Runs pg_dump and pg_dumpall against exactly the address that all other connections of the operation use.</summary>
internal sealed class PgDump(ServerAddress address, string database, string encoding, PostgresInstallation installation)
{
    // Our own locks come before; pg_dump can only wait behind DDL that waits behind us, which would be for ever.
    private const string LockWaitMilliseconds = "60000";

    /// <summary>The installation's version, such as "15.18".</summary>
    public string Version => installation.Version;

    /// <summary>Reads a section of the schema as the snapshot sees it.</summary>
    /// <param name="section">PreData, or IndexesAndConstraints for post-data.</param>
    /// <param name="snapshot">Name of the exported snapshot.</param>
    /// <param name="cancellationToken">Kills pg_dump.</param>
    public async Task<SchemaSection> ReadSectionAsync(FrameKind section, string snapshot, CancellationToken cancellationToken)
    {
        string name = section == FrameKind.PreData ? "pre-data" : "post-data";
        // A role or database may set another client_encoding, and the rows that follow are in the database's own.
        string[] arguments = [$"--section={name}", $"--encoding={encoding}", $"--snapshot={snapshot}", $"--lock-wait-timeout={LockWaitMilliseconds}", "--no-password"];
        SchemaSection? result = null;
        await RunAsync("pg_dump", arguments, async output =>
            result = await SchemaSection.ReadAsync(output, section, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return result is { IsComplete: true }
            ? result
            : throw new BackupException(ErrorIds.PgDumpFailed, $"pg_dump of '{database}' ended without its end marker.", target: database);
    }

    /// <summary>Copies the roles and tablespaces of the cluster, without passwords, as pg_dumpall writes them.</summary>
    /// <param name="destination">Gets the SQL.</param>
    /// <param name="cancellationToken">Kills pg_dumpall.</param>
    public Task WriteGlobalsAsync(Stream destination, CancellationToken cancellationToken)
    {
        // pg_dumpall takes a connection string here; a plain name with an equals sign would be read as one.
        string connection = "dbname='" + database.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal) + "'";
        string[] arguments = ["--globals-only", "--no-role-passwords", "--no-password", "-d", connection];
        return RunAsync("pg_dumpall", arguments, output => output.CopyToAsync(destination, cancellationToken), cancellationToken);
    }

    private async Task RunAsync(
        string program, IReadOnlyList<string> arguments, Func<Stream, Task> read, CancellationToken cancellationToken)
    {
        ChildProcess child = ChildProcess.Start(new ChildProcessOptions
        {
            FileName = installation.Program(program),
            Arguments = arguments,
            Environment = address.ToLibpqEnvironment(database).ToDictionary(v => v.Key, v => (string?)v.Value),
            RemoveEnvironmentPrefix = ["PG"],
        });
        await using (child.ConfigureAwait(false))
        {
            BackupException? unreadable = null;
            try
            {
                await read(child.StandardOutput).ConfigureAwait(false);
            }
            catch (BackupException e)
            {
                // A program that failed leaves half a script; why it failed says more than how that looks.
                unreadable = e;
                await child.StandardOutput.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
            }

            ChildExit exit = await child.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            if (exit.Code != 0)
                throw Failed(program, exit);
            if (unreadable is not null)
                throw unreadable;
        }
    }

    private BackupException Failed(string program, ChildExit exit)
    {
        string message = exit.StandardErrorTail.Trim();
        ErrorId id = message.Contains("permission denied", StringComparison.OrdinalIgnoreCase) ? ErrorIds.PermissionDenied
            : message.Contains("lock timeout", StringComparison.OrdinalIgnoreCase) ? ErrorIds.TableLocked
            : ErrorIds.PgDumpFailed;
        return new BackupException(id, $"{program} {Version} of '{database}' ended with exit code {exit.Code}: {message}", target: database);
    }
}
