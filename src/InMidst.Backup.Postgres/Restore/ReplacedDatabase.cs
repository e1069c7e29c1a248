using System.Globalization;
using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>A database that is to be replaced, of which everything that can be known before the restore was looked at.</summary>
/// <param name="Number">The server's number of it (pg_database.oid): a name may come to mean another database.</param>
/// <param name="Properties">What the new one gets as well.</param>
/// <param name="Sessions">Who is connected to it.</param>
internal sealed record ReplacedDatabase(long Number, DatabaseProperties Properties, IReadOnlyList<TargetSession> Sessions)
{
    private const string Infix = "_replaced_";

    // Slots and prepared transactions name their database, pg_subscription has it by number.
    private const string Bindings = """
        SELECT 1, 'logical replication slot ' || s.slot_name FROM pg_catalog.pg_replication_slots s WHERE s.database = $1
        UNION ALL SELECT 1, 'enabled subscription ' || s.subname
            FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid WHERE d.datname = $1 AND s.subenabled
        UNION ALL SELECT 2, 'prepared transaction ' || p.gid FROM pg_catalog.pg_prepared_xacts p WHERE p.database = $1
        ORDER BY 1, 2
        """;

    /// <summary>Looks at the database and refuses what could not be replaced when the restore is over.</summary>
    /// <param name="connection">A connection to another database of the server.</param>
    /// <param name="server">The server.</param>
    /// <param name="options">What the user allowed.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="BackupException">PermissionDenied, TargetNotReplaceable, or TargetInUse with the sessions.</exception>
    public static async Task<ReplacedDatabase> InspectAsync(
        NpgsqlConnection connection, ServerIdentity server, RestoreOptions options, CancellationToken cancellationToken)
    {
        await CheckRightsAsync(connection, options.TargetDatabase, cancellationToken).ConfigureAwait(false);
        await CheckBindingsAsync(connection, options, cancellationToken).ConfigureAwait(false);
        long? number = await FindNumberAsync(connection, options.TargetDatabase, cancellationToken).ConfigureAwait(false);
        DatabaseProperties properties = await DatabasePropertiesReader.ReadAsync(
            connection, server.Major, new DatabaseText("UTF8"), options.TargetDatabase, cancellationToken).ConfigureAwait(false);
        List<TargetSession> sessions = await CheckSessionsAsync(connection, options, cancellationToken).ConfigureAwait(false);
        return new ReplacedDatabase(number ?? throw Gone(options.TargetDatabase), properties, sessions);
    }

    /// <summary>The name under which the old database is kept: not longer than a name may be, cut between two characters.</summary>
    /// <param name="target">Its name until then.</param>
    /// <param name="time">When it gives way.</param>
    /// <param name="longest">Bytes that a name may have.</param>
    /// <param name="number">From 1; which of several in one second.</param>
    public static string KeptName(string target, DateTimeOffset time, int longest, int number = 1)
    {
        string ending = Infix + time.UtcDateTime.ToString("yyyyMMdd_HHmmss", CultureInfo.InvariantCulture)
            + (number == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"_{number}"));
        int room = longest - ending.Length;
        var kept = new StringBuilder();
        foreach (Rune rune in target.EnumerateRunes())
        {
            room -= rune.Utf8SequenceLength;
            if (room < 0)
                break;
            kept.Append(rune.ToString());
        }

        return kept + ending;
    }

    /// <summary>Refuses a database with something outside it that would go on with the old one, or keep it from being renamed.</summary>
    public static async Task CheckBindingsAsync(NpgsqlConnection connection, RestoreOptions options, CancellationToken cancellationToken)
    {
        var bound = new List<string>();
        bool prepared = false;
        using (var command = new NpgsqlCommand(Bindings, connection))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = options.TargetDatabase });
            using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                prepared |= reader.GetInt32(0) == 2;
                bound.Add(reader.GetString(1));
            }
        }

        if (bound.Count == 0 || (options.Force && !prepared))
            return;
        throw new BackupException(ErrorIds.TargetNotReplaceable,
            $"Database '{options.TargetDatabase}' cannot be replaced: it has {string.Join(", ", bound)}.",
            guidance: prepared ? "PostgreSQL renames no database with prepared transactions: COMMIT PREPARED or ROLLBACK PREPARED them in it first." : null,
            target: options.TargetDatabase);
    }

    /// <summary>Refuses a database that somebody made under the name since it was looked at. Nobody has asked to replace that one.</summary>
    /// <param name="connection">A connection to another database of the server.</param>
    /// <param name="name">The name that it has now.</param>
    /// <param name="target">The name that the user knows.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="BackupException">TargetNotReplaceable.</exception>
    public async Task CheckSameAsync(NpgsqlConnection connection, string name, string target, CancellationToken cancellationToken)
    {
        if (await FindNumberAsync(connection, name, cancellationToken).ConfigureAwait(false) != Number)
            throw Gone(target);
    }

    /// <summary>Refuses sessions that nobody allowed to end, or that we may not end.</summary>
    /// <returns>The sessions that will be ended.</returns>
    public static async Task<List<TargetSession>> CheckSessionsAsync(NpgsqlConnection connection, RestoreOptions options, CancellationToken cancellationToken)
    {
        List<TargetSession> sessions = await TargetSession.ReadAsync(connection, options.TargetDatabase, cancellationToken).ConfigureAwait(false);
        if (sessions.Count > 0 && !options.DisconnectUsers)
            throw InUse(options.TargetDatabase, sessions);
        List<TargetSession> protectedOnes = sessions.FindAll(s => !s.MayEnd);
        return protectedOnes.Count == 0
            ? sessions
            : throw new BackupException(ErrorIds.PermissionDenied,
                $"Sessions in database '{options.TargetDatabase}' that this role may not end: {TargetSession.Describe(protectedOnes)}.",
                guidance: "Connect as a superuser, or as a member of pg_signal_backend (which ends no superuser's session).", target: options.TargetDatabase);
    }

    /// <summary>The error that names who is connected.</summary>
    public static BackupException InUse(string database, IReadOnlyList<TargetSession> sessions, PostgresException? cause = null) => new(ErrorIds.TargetInUse,
        sessions.Count > 0
            ? $"Database '{database}' is not replaced while sessions are connected to it: {TargetSession.Describe(sessions)}."
            : $"Database '{database}' could not be renamed: another session of the server uses or locks it ({cause?.MessageText}).",
        cause, target: database);

    private static BackupException Gone(string target) => new(ErrorIds.TargetNotReplaceable,
        $"Database '{target}' was dropped or renamed while its copy was made; what has the name now is not replaced.",
        guidance: "See who works with databases of this name, then run the command again.", target: target);

    private static async Task<long?> FindNumberAsync(NpgsqlConnection connection, string database, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("SELECT d.oid::pg_catalog.int8 FROM pg_catalog.pg_database d WHERE d.datname = $1", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = database });
        return (long?)await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
    }

    // RenameDatabase (dbcommands.c) wants an owner who may create databases.
    private static async Task CheckRightsAsync(NpgsqlConnection connection, string database, CancellationToken cancellationToken)
    {
        const string Query = """
            SELECT CASE WHEN r.rolsuper THEN NULL
                        WHEN NOT pg_catalog.pg_has_role(d.datdba, 'USAGE') THEN 'is not the owner, ' || pg_catalog.pg_get_userbyid(d.datdba)
                        WHEN NOT r.rolcreatedb THEN 'may not create databases (CREATEDB)' END
            FROM pg_catalog.pg_database d, pg_catalog.pg_roles r WHERE d.datname = $1 AND r.rolname = current_user
            """;
        using var command = new NpgsqlCommand(Query, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = database });
        if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is string lacking)
        {
            throw new BackupException(ErrorIds.PermissionDenied, $"Database '{database}' cannot be replaced by this role: it {lacking}.",
                guidance: "Connect as the database's owner with CREATEDB, or as a superuser.", target: database);
        }
    }
}
