using System.ComponentModel;
using System.Globalization;
using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Processes;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Installations;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>Runs pg_dump and pg_dumpall against exactly the address that all other connections of the operation use.</summary>
internal sealed class PgDump(DumpOptions options, string encoding, PostgresInstallation installation)
{
    private const string EndOfGlobals = "-- PostgreSQL database cluster dump complete";

    // Bytes that hold the last line of pg_dumpall, and after it what newer versions append (\\unrestrict and its key).
    private const int EndLength = 512;

    private readonly ServerAddress _address = options.Address;
    private readonly string _database = options.Database;

    /// <summary>The installation's version, such as "15.18".</summary>
    public string Version => installation.Version;

    /// <summary>Its major version, never below the server's.</summary>
    public int Major => installation.Major;

    /// <summary>
    /// Reads the schema as the snapshot sees it, in one pass over the catalogue: an archive in pg_dump's custom format, which alone
    /// knows what depends on what. Large objects are not in it.
    /// </summary>
    /// <param name="snapshot">Name of the exported snapshot.</param>
    /// <param name="cancellationToken">Kills pg_dump.</param>
    public async Task<ReadOnlyMemory<byte>> ReadSchemaAsync(string snapshot, CancellationToken cancellationToken)
    {
        // Our own locks come before; pg_dump can only wait behind DDL that waits behind us, which would be for ever.
        string lockWait = ((long)options.LockTimeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        // A role or database may set another client_encoding, and the rows that follow are in the database's own.
        string[] arguments =
        [
            "--format=custom", "--section=pre-data", "--section=post-data", "--no-blobs", $"--encoding={encoding}", $"--snapshot={snapshot}",
            $"--lock-wait-timeout={lockWait}", "--no-password",
        ];
        var archive = new MemoryStream();
        await RunAsync("pg_dump", arguments, output => output.CopyToAsync(archive, cancellationToken), default, cancellationToken).ConfigureAwait(false);
        ReadOnlyMemory<byte> read = archive.GetBuffer().AsMemory(0, (int)archive.Length);
        return read.Span.StartsWith("PGDMP"u8) ? read : throw Incomplete("pg_dump", null);
    }

    /// <summary>Turns a section of the archive into entries.</summary>
    /// <param name="archive">What <see cref="ReadSchemaAsync"/> gave.</param>
    /// <param name="section">PreData, or IndexesAndConstraints for post-data.</param>
    /// <param name="cancellationToken">Kills pg_restore.</param>
    public async Task<SchemaSection> ReadSectionAsync(ReadOnlyMemory<byte> archive, FrameKind section, CancellationToken cancellationToken)
    {
        string name = section == FrameKind.PreData ? "pre-data" : "post-data";
        SchemaSection? result = null;
        // Verbose, it writes the number and the dependencies of every entry as comments.
        await RunAsync("pg_restore", [$"--section={name}", "--verbose", "--file=-"], async output =>
            result = await SchemaSection.ReadAsync(output, section, cancellationToken).ConfigureAwait(false), archive, cancellationToken).ConfigureAwait(false);
        return result is { IsComplete: true }
            ? result
            : throw Incomplete("pg_restore", null);
    }

    /// <summary>Reads the roles and tablespaces of the cluster as pg_dumpall writes them.</summary>
    /// <param name="withPasswords">Whether with the hashes of passwords, which only a role that may read pg_authid can.</param>
    /// <param name="cancellationToken">Kills pg_dumpall.</param>
    /// <returns>The SQL; the caller disposes it.</returns>
    public async Task<MemoryStream> ReadGlobalsAsync(bool withPasswords, CancellationToken cancellationToken)
    {
        // pg_dumpall takes a connection string here; a plain name with an equals sign would be read as one.
        string connection = "dbname='" + _database.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal) + "'";
        string[] arguments = ["--globals-only", .. withPasswords ? [] : (string[])["--no-role-passwords"], "--no-password", "-d", connection];
        var text = new MemoryStream();
        await RunAsync("pg_dumpall", arguments, output => output.CopyToAsync(text, cancellationToken), default, cancellationToken).ConfigureAwait(false);
        int tail = (int)Math.Min(EndLength, text.Length);
        if (!Encoding.Latin1.GetString(text.GetBuffer(), (int)text.Length - tail, tail).Contains(EndOfGlobals, StringComparison.Ordinal))
            throw Incomplete("pg_dumpall", null);
        text.Position = 0;
        return text;
    }

    private async Task RunAsync(
        string program, IReadOnlyList<string> arguments, Func<Stream, Task> read, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        ChildProcess child = Start(program, arguments);
        await using (child.ConfigureAwait(false))
        {
            Task written = WriteInputAsync(child, input, cancellationToken);
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
            await written.ConfigureAwait(false);
            if (exit.Code != 0)
                throw Failed(program, exit);
            if (unreadable is not null)
                throw Incomplete(program, unreadable);
        }
    }

    private static async Task WriteInputAsync(ChildProcess child, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        try
        {
            Stream stream = child.StandardInput;
            await using (stream.ConfigureAwait(false))
            {
                await stream.WriteAsync(input, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (IOException)
        {
            // It ended before it had read everything; its exit code says why.
        }
    }

    private ChildProcess Start(string program, IReadOnlyList<string> arguments)
    {
        Dictionary<string, string?> environment = _address.ToLibpqEnvironment(_database).ToDictionary(v => v.Key, v => (string?)v.Value);
        environment["LC_ALL"] = "C"; // its own messages are read below
        try
        {
            return ChildProcess.Start(new ChildProcessOptions
            {
                FileName = installation.Program(program),
                Arguments = arguments,
                Environment = environment,
                RemoveEnvironmentPrefix = ["PG"],
                KeepStandardInput = true,
            });
        }
        catch (Win32Exception e)
        {
            throw new BackupException(
                ErrorIds.PgDumpFailed, $"{program} {Version} could not be started: {e.Message}", e, target: _database);
        }
    }

    private BackupException Failed(string program, ChildExit exit)
    {
        // pg_restore tells every entry it comes to.
        string message = string.Join('\n', exit.StandardErrorTail.Split('\n').Where(l => !l.StartsWith("pg_restore: creating ", StringComparison.Ordinal))).Trim();
        string what = message.Length == 0 ? ", without a word" : $": {message}";
        return new BackupException(
            Classify(message), $"{program} {Version} of '{_database}' at {_address} ended with exit code {exit.Code}{what}", target: _database);
    }

    // The words are the server's, in its own language, or libpq's; without a match the program's failure is all that is known.
    private static ErrorId Classify(string message)
    {
        (string Words, ErrorId Id)[] known =
        [
            ("conflict with recovery", ErrorIds.RecoveryConflict),
            ("permission denied", ErrorIds.PermissionDenied),
            ("lock timeout", ErrorIds.TableLocked),
            ("deadlock detected", ErrorIds.TableLocked), // over a view whose definition it reads
            ("statement timeout", ErrorIds.TableLocked), // pg_dump makes its --lock-wait-timeout one, around LOCK TABLE alone
            ("too many clients", ErrorIds.TooManyConnections),
            ("remaining connection slots", ErrorIds.TooManyConnections),
            ("terminating connection", ErrorIds.ConnectionLost),
            ("server closed the connection", ErrorIds.ConnectionLost),
            ("could not receive data from server", ErrorIds.ConnectionLost),
            ("could not send data to server", ErrorIds.ConnectionLost),
            ("connection to server", ErrorIds.ConnectionLost),
        ];
        return known.FirstOrDefault(k => message.Contains(k.Words, StringComparison.OrdinalIgnoreCase)).Id ?? ErrorIds.PgDumpFailed;
    }

    private BackupException Incomplete(string program, Exception? cause) => new(
        ErrorIds.PgDumpFailed, $"{program} {Version} of '{_database}' ended with exit code 0, but what it wrote is not whole.", cause, target: _database);
}
