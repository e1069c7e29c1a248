using System.Security.Cryptography;
using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// The database being restored. It is filled under a name of its own and gets the target's name when it is whole, so that a restore
/// that fails or is killed never leaves a half-made database under the name people use; the next restore to that name clears up.
/// </summary>
internal sealed class TargetDatabase : IAsyncDisposable
{
    private readonly NpgsqlConnection _maintenance;
    private readonly ServerAddress _address;
    private readonly string _target;
    private readonly Action<string> _warn;
    private DatabaseProperties? _properties;
    private bool _replacesEmpty;
    private bool _made;

    private TargetDatabase(NpgsqlConnection maintenance, ServerIdentity server, ServerAddress address, string target, Action<string> warn)
    {
        _maintenance = maintenance;
        _address = address;
        _target = target;
        _warn = warn;
        Server = server;
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(target));
        Name = "midst_restoring_" + Convert.ToHexStringLower(hash.AsSpan(0, 12));
    }

    /// <summary>The server.</summary>
    public ServerIdentity Server { get; }

    /// <summary>The name under which it is filled.</summary>
    public string Name { get; }

    /// <summary>Connects to the maintenance database and makes sure that the target may be made: it does not exist, or is empty.</summary>
    public static async Task<TargetDatabase> PrepareAsync(RestoreOptions options, Action<string> warn, CancellationToken cancellationToken)
    {
        NpgsqlConnection maintenance = await PostgresConnector.OpenAsync(
            options.Address, options.MaintenanceDatabase, new ConnectorOptions(), cancellationToken).ConfigureAwait(false);
        try
        {
            ServerIdentity server = await ServerIdentity.ReadAsync(maintenance, cancellationToken).ConfigureAwait(false);
            var database = new TargetDatabase(maintenance, server, options.Address, options.TargetDatabase, warn);
            await database.PrepareAsync(cancellationToken).ConfigureAwait(false);
            return database;
        }
        catch
        {
            await maintenance.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes the database, empty, with the properties, from template0.</summary>
    /// <param name="properties">The source's properties; null for a dump that does not tell them.</param>
    /// <param name="encoding">The encoding where there are no properties, or null for the server's default.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task CreateAsync(DatabaseProperties? properties, string? encoding, CancellationToken cancellationToken)
    {
        // An empty database that is there already was made by someone with something in mind: its properties are kept.
        DatabaseProperties? effective = _properties ?? properties;
        if (_properties is not null && properties is not null && _properties.Encoding != properties.Encoding)
        {
            throw new BackupException(ErrorIds.RequirementMissing,
                $"Database '{_target}' has encoding {_properties.Encoding}, the backup {properties.Encoding}.",
                guidance: "Drop the empty database and let the restore make it.", target: _target);
        }

        _properties = effective;
        string create = effective is not null
            ? CreateDatabaseStatement.Create(Name, effective, Server.Major)
            : $"CREATE DATABASE {Sql.Identifier(Name)} TEMPLATE template0" + (encoding is null ? "" : $" ENCODING {Sql.Literal(encoding)} LC_COLLATE 'C' LC_CTYPE 'C'");
        _made = true;
        try
        {
            await ExecuteAsync(create, cancellationToken).ConfigureAwait(false);
            if (effective is not null)
            {
                foreach (string statement in CreateDatabaseStatement.Settings(Name, effective))
                    await ExecuteAsync(statement, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (PostgresException e) when (e.SqlState is "22023" or "42809" or "42704" or "0A000" or "22P02")
        {
            throw new BackupException(ErrorIds.RequirementMissing,
                $"The server cannot make a database like the source: {e.MessageText}", e,
                guidance: "Install the locale on the server (Debian: add it to /etc/locale.gen, run locale-gen, restart PostgreSQL), or restore on a server that has it.",
                target: _target);
        }
    }

    /// <summary>Connects to the database for loading.</summary>
    public async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await PostgresConnector.OpenAsync(
            _address, Name, new ConnectorOptions { ByteText = true }, cancellationToken).ConfigureAwait(false);
        using var command = new NpgsqlCommand(
            "SELECT pg_catalog.set_config('synchronous_commit', 'off', false), " +
            "pg_catalog.set_config('default_transaction_read_only', 'off', false), " +
            "pg_catalog.set_config('statement_timeout', '0', false), pg_catalog.set_config('lock_timeout', '0', false)", connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        return connection;
    }

    /// <summary>Gives the whole database its owner and grants and then its name. No connection to it may be open.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (_replacesEmpty)
            await ExecuteAsync($"DROP DATABASE {Sql.Identifier(_target)}", cancellationToken).ConfigureAwait(false);
        await ExecuteAsync($"ALTER DATABASE {Sql.Identifier(Name)} RENAME TO {Sql.Identifier(_target)}", cancellationToken).ConfigureAwait(false);
        _made = false;
        if (_properties is null)
            return;
        foreach (string statement in CreateDatabaseStatement.Finish(_target, _properties))
        {
            try
            {
                await ExecuteAsync(statement, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException e)
            {
                _warn($"Database '{_target}' is whole, but one of its properties could not be set: {e.MessageText} ({statement})");
            }
        }
    }

    /// <summary>Removes the database if it did not get its name.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_made)
            await DropAsync().ConfigureAwait(false);
        await _maintenance.DisposeAsync().ConfigureAwait(false);
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        // Held by this session to its end: two restores to one name never meet.
        if (!await ScalarAsync<bool>("SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended($1, 5432))", Name, cancellationToken).ConfigureAwait(false))
        {
            throw new BackupException(ErrorIds.RestoreInProgress,
                $"Another restore to '{_target}' is running.", target: _target);
        }

        // An earlier restore to this name was killed: what it left has this name and no live owner.
        await ExecuteAsync($"DROP DATABASE IF EXISTS {Sql.Identifier(Name)} WITH (FORCE)", cancellationToken).ConfigureAwait(false);
        if (!await ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $1)", _target, cancellationToken).ConfigureAwait(false))
            return;
        await EnsureEmptyAsync(cancellationToken).ConfigureAwait(false);
        _replacesEmpty = true;
        _properties = await DatabasePropertiesReader.ReadAsync(
            _maintenance, Server.Major, new DatabaseText("UTF8"), _target, cancellationToken).ConfigureAwait(false);
    }

    private async Task EnsureEmptyAsync(CancellationToken cancellationToken)
    {
        // What a user can have made, in any kind of catalogue that pg_dump dumps from.
        const string Content = """
            SELECT 'relation ' || c.oid::pg_catalog.regclass::text FROM pg_catalog.pg_class c
            WHERE c.oid >= 16384 AND c.relnamespace <> 'pg_toast'::pg_catalog.regnamespace AND c.relpersistence <> 't'
            UNION ALL SELECT 'function ' || p.oid::pg_catalog.regproc::text FROM pg_catalog.pg_proc p WHERE p.oid >= 16384
            UNION ALL SELECT 'type ' || t.oid::pg_catalog.regtype::text FROM pg_catalog.pg_type t WHERE t.oid >= 16384
            UNION ALL SELECT 'schema ' || n.nspname FROM pg_catalog.pg_namespace n WHERE n.oid >= 16384 AND n.nspname !~ '^pg_(toast_)?temp_'
            UNION ALL SELECT 'extension ' || e.extname FROM pg_catalog.pg_extension e WHERE e.oid >= 16384
            UNION ALL SELECT 'event trigger ' || t.evtname FROM pg_catalog.pg_event_trigger t
            UNION ALL SELECT 'publication ' || p.pubname FROM pg_catalog.pg_publication p
            UNION ALL SELECT 'large object ' || m.oid FROM pg_catalog.pg_largeobject_metadata m
            LIMIT 1
            """;
        NpgsqlConnection connection = await PostgresConnector.OpenAsync(_address, _target, new ConnectorOptions(), cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            using var command = new NpgsqlCommand(Content, connection);
            if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is string found)
                throw new BackupException(ErrorIds.TargetNotEmpty, $"Database '{_target}' is not empty: it holds {found}.", target: _target);
        }
    }

    private async Task DropAsync()
    {
        try
        {
            // The failure may have taken the maintenance session with it.
            NpgsqlConnection connection = await PostgresConnector.OpenAsync(
                _address, _maintenance.Database, new ConnectorOptions(), CancellationToken.None).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                using var command = new NpgsqlCommand($"DROP DATABASE IF EXISTS {Sql.Identifier(Name)} WITH (FORCE)", connection);
                await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is BackupException or NpgsqlException)
        {
            _warn($"The half-made database '{Name}' could not be removed; the next restore to '{_target}' removes it: {e.Message}");
        }
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        using var batch = new NpgsqlBatch(_maintenance);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<T> ScalarAsync<T>(string sql, string parameter, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(sql, _maintenance);
        command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        return (T)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>The maintenance connection, for questions about the server.</summary>
    internal NpgsqlConnection Maintenance => _maintenance;
}
