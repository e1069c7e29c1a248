using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Protocol;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// The database being restored. It is filled under a name of its own and gets the target's name when it is whole, so that a restore
/// that fails or is killed never leaves a half-made database under the name people use; the next restore to that name clears up.
/// </summary>
internal sealed class TargetDatabase : IAsyncDisposable
{
    private readonly MaintenanceSession _session;
    private readonly RestoreOptions _options;
    private readonly TimeProvider _clock;
    private readonly ServerAddress _address;
    private readonly string _target;
    private readonly string _aside;
    private readonly Action<string> _warn;
    private DatabaseProperties? _properties;
    private ReplacedDatabase? _replaced;
    private bool _replacesEmpty;
    private bool _made;

    private TargetDatabase(MaintenanceSession session, ServerIdentity server, RestoreOptions options, TimeProvider clock, Action<string> warn)
    {
        _session = session;
        _options = options;
        _clock = clock;
        _address = options.Address;
        _target = options.TargetDatabase;
        _warn = warn;
        Server = server;
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(_target)).AsSpan(0, 12));
        Name = "midst_restoring_" + hash;
        _aside = "midst_replaced_" + hash;
    }

    /// <summary>The server.</summary>
    public ServerIdentity Server { get; }

    /// <summary>The name under which it is filled.</summary>
    public string Name { get; }

    /// <summary>The maintenance connection, for questions about the server.</summary>
    public NpgsqlConnection Maintenance => _session.Connection;

    /// <summary>Whether a database gives way to this one that holds, or may hold, something.</summary>
    public bool ReplacesAnother => _replaced is not null;

    /// <summary>
    /// Connects to the maintenance database and makes sure that the target may be made: it does not exist, is empty, or may be replaced.
    /// </summary>
    public static async Task<TargetDatabase> PrepareAsync(
        RestoreOptions options, TimeProvider clock, Action<string> warn, CancellationToken cancellationToken)
    {
        MaintenanceSession session = await MaintenanceSession.OpenAsync(
            options.Address, options.MaintenanceDatabase, cancellationToken).ConfigureAwait(false);
        try
        {
            if (options.Role is not null)
                await session.BecomeAsync(options.Role, cancellationToken).ConfigureAwait(false);
            ServerIdentity server = await ServerIdentity.ReadAsync(session.Connection, cancellationToken).ConfigureAwait(false);
            var database = new TargetDatabase(session, server, options, clock, warn);
            await database.PrepareAsync(cancellationToken).ConfigureAwait(false);
            return database;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes the database, empty, with the properties, from template0.</summary>
    /// <param name="properties">The source's properties; null for a dump that does not tell them.</param>
    /// <param name="encoding">The encoding where there are no properties, or null for the server's default.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task CreateAsync(DatabaseProperties? properties, string? encoding, CancellationToken cancellationToken)
    {
        // A database that is there already was made by someone with something in mind: its properties are kept.
        DatabaseProperties? effective = _properties ?? properties;
        if (_properties is not null && properties is not null && _properties.Encoding != properties.Encoding)
        {
            throw new BackupException(ErrorIds.RequirementMissing,
                $"Database '{_target}' has encoding {_properties.Encoding}, the backup {properties.Encoding}.",
                guidance: ReplacesAnother
                    ? "A database keeps its encoding when it is replaced: restore under another -TargetDatabase and rename both yourself."
                    : "Drop the empty database and let the restore make it.",
                target: _target);
        }

        _properties = effective;
        string create = effective is not null
            ? CreateDatabaseStatement.Create(Name, effective, Server.Major)
            : $"CREATE DATABASE {Sql.Identifier(Name)} TEMPLATE template0" + (encoding is null ? "" : $" ENCODING {Sql.Literal(encoding)} LC_COLLATE 'C' LC_CTYPE 'C'");
        _made = true;
        try
        {
            await _session.ExecuteAsync(create, cancellationToken).ConfigureAwait(false);
            if (effective is not null)
            {
                foreach (string statement in CreateDatabaseStatement.Settings(Name, effective))
                    await SetAsync(statement, cancellationToken).ConfigureAwait(false);
            }

            if (_replaced is not null)
                await Swap.RehearseAsync(Name, _replaced.Properties, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState is "22023" or "42809" or "42704" or "0A000" or "22P02")
        {
            throw new BackupException(ErrorIds.RequirementMissing,
                $"The server cannot make a database like the source: {e.MessageText}", e,
                guidance: "Install the locale on the server (Debian: add it to /etc/locale.gen, run locale-gen, restart PostgreSQL), or restore on a server that has it.",
                target: _target);
        }
    }

    /// <summary>Connects to the database for loading, with the settings that make it fast and are lost with the session.</summary>
    /// <param name="sessions">How many sessions load it side by side.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<WireConnection> ConnectAsync(int sessions, CancellationToken cancellationToken)
    {
        WireConnection connection = await WireConnection.OpenAsync(_address, Name, new WireOptions(), cancellationToken).ConfigureAwait(false);
        try
        {
            await connection.ExecuteAsync(MaintenanceSession.NoTimeouts, cancellationToken).ConfigureAwait(false);
            await connection.ExecuteAsync(FastSettings(sessions), cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Interrupts what sessions in it do when the token is cancelled, until the result is disposed.</summary>
    /// <param name="processes">The server's processes of the sessions.</param>
    /// <param name="cancellationToken">When it is cancelled they are interrupted.</param>
    public Interruption InterruptOn(IEnumerable<int> processes, CancellationToken cancellationToken) => new(_session, processes, cancellationToken);

    /// <summary>Gives the whole database its owner and grants and its name. No connection to it may be open.</summary>
    /// <returns>The name under which the database that it replaced is kept; null when there was none, or when it was dropped.</returns>
    public async Task<string?> FinishAsync(CancellationToken cancellationToken)
    {
        if (_replaced is not null)
        {
            string kept = await Swap.RunAsync(_replaced, Name, cancellationToken).ConfigureAwait(false);
            _made = false;
            if (_options.DropReplaced)
                return await TryDropReplacedAsync(kept).ConfigureAwait(false) ? null : kept;
            _warn($"Database '{_target}' is replaced; the old one is kept as '{kept}'.");
            return kept;
        }

        var naming = new TargetNaming(_session, _address, _clock, Name, _target, _aside, _warn);
        await naming.RunAsync(_properties, _replacesEmpty, cancellationToken).ConfigureAwait(false);
        _made = false;
        return null;
    }

    /// <summary>Removes the database if it did not get its name.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_made)
                await _session.DropAfterFailureAsync(Name).ConfigureAwait(false);
        }
        catch (Exception e) when (e is BackupException or NpgsqlException)
        {
            _warn($"The half-made database '{Name}' could not be removed; the next restore to '{_target}' removes it: {e.Message}");
        }

        await _session.DisposeAsync().ConfigureAwait(false);
    }

    private DatabaseSwap Swap => new(_session, Server, _options, _clock);

    // Every role may set these. Nobody waits for the commits of a restore: the renaming, which waits, makes durable all before it. For
    // indexes a session gets its part of as much as the administrator gave shared_buffers, which tells how much memory he thought the
    // server has; never less than the server's own setting, and at most 1 GiB. The units are pg_settings' own: kilobytes, and blocks.
    private static string FastSettings(int sessions) => $"""
        SELECT pg_catalog.set_config('synchronous_commit', 'off', false),
               pg_catalog.set_config('maintenance_work_mem', greatest(own.setting::pg_catalog.int8,
                   least(1048576, shared.setting::pg_catalog.int8 * pg_catalog.current_setting('block_size')::pg_catalog.int8 / 1024 / {sessions.ToString(CultureInfo.InvariantCulture)})) || 'kB', false)
        FROM pg_catalog.pg_settings own, pg_catalog.pg_settings shared
        WHERE own.name = 'maintenance_work_mem' AND shared.name = 'shared_buffers'
        """;

    /// <summary>A setting that only a superuser may give is a warning, but a database that takes another's place must be like it.</summary>
    private async Task SetAsync(string statement, CancellationToken cancellationToken)
    {
        try
        {
            await _session.ExecuteAsync(statement, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege && _replaced is null)
        {
            string known = statement.Replace(Sql.Identifier(Name), Sql.Identifier(_target), StringComparison.Ordinal);
            _warn($"Database '{_target}' is restored without one of its settings: {e.MessageText} ({known})");
        }
    }

    private async Task<bool> TryDropReplacedAsync(string kept)
    {
        try
        {
            // Plainly: the server refuses a database with subscriptions, whose slots at the publisher nobody else would remove.
            await DatabaseRemoval.DropAsync(_session.Connection, kept, CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (NpgsqlException e)
        {
            _warn($"Database '{_target}' is replaced; the old one could not be dropped and is kept as '{kept}': {e.Message}");
            return false;
        }
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await CheckNameAsync(cancellationToken).ConfigureAwait(false);

        // Held by this session to its end: two restores to one name never meet.
        if (!await _session.TryLockAsync(Name, cancellationToken).ConfigureAwait(false))
            throw new BackupException(ErrorIds.RestoreInProgress, $"Another restore to '{_target}' is running.", target: _target);
        await RemoveLeftoversAsync(cancellationToken).ConfigureAwait(false);
        if (!await _session.ExistsAsync(_target, cancellationToken).ConfigureAwait(false))
            return;
        if (_options.Replace)
        {
            _replaced = await ReplacedDatabase.InspectAsync(_session.Connection, Server, _options, cancellationToken).ConfigureAwait(false);
            _properties = _replaced.Properties;
            return;
        }

        await EmptyDatabase.EnsureAsync(_address, _target, _target, cancellationToken).ConfigureAwait(false);
        _replacesEmpty = true;
        _properties = await DatabasePropertiesReader.ReadAsync(
            _session.Connection, Server.Major, new DatabaseText("UTF8"), _target, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What would only fail when hours of loading are over is refused now.</summary>
    private async Task CheckNameAsync(CancellationToken cancellationToken)
    {
        int longest = await _session.LongestNameAsync(cancellationToken).ConfigureAwait(false);
        if (Encoding.UTF8.GetByteCount(_target) > longest)
        {
            throw new BackupException(ErrorIds.InvalidArgument,
                $"The name '{_target}' is longer than {longest} bytes; the server would cut it.", target: _target);
        }

        if (_target == _session.Database)
        {
            throw new BackupException(ErrorIds.InvalidArgument,
                $"Database '{_target}' is the one the restore works from, and cannot be replaced by it.",
                guidance: "Choose another -TargetDatabase, or another -MaintenanceDatabase.", target: _target);
        }

        if (await _session.ScalarAsync<bool>(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $1 AND (datistemplate OR NOT datallowconn))", _target, cancellationToken).ConfigureAwait(false))
        {
            throw new BackupException(ErrorIds.TargetNotEmpty,
                $"Database '{_target}' is a template or allows no connections; it is not replaced.",
                guidance: "Choose another -TargetDatabase.", target: _target);
        }
    }

    /// <summary>An earlier restore to this name was killed, or could not clear up: what it left has these names and no live owner.</summary>
    private async Task RemoveLeftoversAsync(CancellationToken cancellationToken)
    {
        if (await _session.ExistsAsync(Name, cancellationToken).ConfigureAwait(false))
        {
            await _session.DropCopyAsync(Name, cancellationToken).ConfigureAwait(false);
            _warn($"The half-made database '{Name}' that an interrupted restore to '{_target}' had left was removed.");
        }

        if (await _session.ExistsAsync(_aside, cancellationToken).ConfigureAwait(false))
        {
            await EmptyDatabase.EnsureAsync(_address, _aside, _aside, cancellationToken).ConfigureAwait(false);
            await _session.DropCopyAsync(_aside, cancellationToken).ConfigureAwait(false);
        }
    }
}
