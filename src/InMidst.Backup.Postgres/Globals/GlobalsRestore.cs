using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Globals;

/// <summary>
/// Gives a server the roles and tablespaces that were backed up beside a dump. Roles are made in one transaction. Nothing is dropped,
/// and the role that does it is not changed.
/// </summary>
internal sealed class GlobalsRestore
{
    // In-place tablespaces, which need no directory prepared for them, came with 15.
    private const int FirstMajorWithInPlaceTablespaces = 15;
    private const string Savepoint = "globals";

    private readonly MaintenanceSession _session;
    private readonly ServerGlobals _server;
    private readonly int _major;
    private readonly Action<string> _warn;

    private GlobalsRestore(MaintenanceSession session, ServerGlobals server, Action<string> warn)
    {
        _session = session;
        _server = server;
        _major = session.Connection.PostgreSqlVersion.Major;
        _warn = warn;
    }

    /// <summary>Creates what <see cref="RestoreOptions.Globals"/> asks for.</summary>
    /// <param name="options">Where, and how much.</param>
    /// <param name="backup">The backup.</param>
    /// <param name="needed">What the dump needs; null where nobody knows.</param>
    /// <param name="warn">Told what could not be given to a role, or must be given by hand.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="BackupException">GlobalsNotFound, BackupCorrupt, PermissionDenied, or RequirementMissing for a tablespace without its directory.</exception>
    public static async Task<CreatedGlobals> RunAsync(
        RestoreOptions options, BackupRecord backup, RequirementsRecord? needed, Action<string> warn, CancellationToken cancellationToken)
    {
        if (options.Globals == GlobalsMode.Skip)
            return CreatedGlobals.None;
        List<GlobalsStatement> statements = await GlobalsScript.ReadAsync(backup, cancellationToken).ConfigureAwait(false);
        MaintenanceSession session = await MaintenanceSession.OpenAsync(
            options.Address, options.MaintenanceDatabase, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            ServerGlobals server = await ServerGlobals.ReadAsync(session.Connection, cancellationToken).ConfigureAwait(false);
            var plan = new GlobalsPlan(options.Globals, statements, server, needed is null ? null : (needed.Roles, needed.Tablespaces));
            return await new GlobalsRestore(session, server, warn).ApplyAsync(plan, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<CreatedGlobals> ApplyAsync(GlobalsPlan plan, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await _session.Connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            foreach (GlobalsStatement statement in plan.RoleStatements)
                await ApplyAsync(statement, transaction, cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }

        foreach (GlobalsStatement missing in plan.Unjoined)
            _warn($"Role '{missing.Other}' was a member of '{missing.Name}', which the server lacks; -Globals All creates it.");
        string[] speechless = [.. plan.RoleStatements
            .Where(s => s.Kind == GlobalsKind.RoleAttributes && plan.NewRoles.Contains(s.Name) && s.IsLoginWithoutPassword()).Select(s => s.Name)];
        if (speechless.Length > 0)
            _warn($"Created without a password, which was not backed up: {string.Join(", ", speechless)}. ALTER ROLE … PASSWORD gives one.");
        foreach (GlobalsStatement tablespace in plan.NewTablespaces)
            await CreateTablespaceAsync(tablespace, cancellationToken).ConfigureAwait(false);
        foreach (GlobalsStatement detail in plan.TablespaceStatements)
            await TryAsync(detail, detail.Text, cancellationToken).ConfigureAwait(false);
        return new CreatedGlobals(plan.NewRoles, [.. plan.NewTablespaces.Select(t => t.Name)]);
    }

    private async Task ApplyAsync(GlobalsStatement statement, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        if (statement.Kind == GlobalsKind.CreateRole)
        {
            await CreateRoleAsync(statement.Name, cancellationToken).ConfigureAwait(false);
            return;
        }

        string sql = statement.Kind switch
        {
            GlobalsKind.Membership => statement.ToMembership(_major),
            GlobalsKind.RoleAttributes when !_server.IsSuperuser => OwnAttributes(statement),
            _ => statement.Text,
        };
        await transaction.SaveAsync(Savepoint, cancellationToken).ConfigureAwait(false);
        if (!await TryAsync(statement, sql, cancellationToken).ConfigureAwait(false))
            await transaction.RollbackAsync(Savepoint, cancellationToken).ConfigureAwait(false);
    }

    private string OwnAttributes(GlobalsStatement statement)
    {
        string sql = statement.ToOwnAttributes(out IReadOnlyList<string> left);
        if (left.Count > 0)
            _warn($"Role '{statement.Name}' does not get {string.Join(", ", left)}: only a superuser may give that.");
        return sql;
    }

    private async Task CreateRoleAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await _session.ExecuteAsync($"CREATE ROLE {Sql.Identifier(name)}", cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (PostgresFailures.IsOfStatement(e))
        {
            throw new BackupException(ErrorIds.PermissionDenied, $"Role '{name}' cannot be created: {e.MessageText}", e,
                guidance: "Connect as a role with CREATEROLE, or create the roles by hand and leave -Globals out. No role was created.", target: name);
        }
    }

    private async Task CreateTablespaceAsync(GlobalsStatement tablespace, CancellationToken cancellationToken)
    {
        string location = tablespace.Location();
        string owner = tablespace.Other.Length > 0 ? $" OWNER {Sql.Identifier(tablespace.Other)}" : "";
        try
        {
            if (location.Length == 0 && _major >= FirstMajorWithInPlaceTablespaces)
                await _session.ExecuteAsync("SET allow_in_place_tablespaces = on", cancellationToken).ConfigureAwait(false);
            await _session.ExecuteAsync(
                $"CREATE TABLESPACE {Sql.Identifier(tablespace.Name)}{owner} LOCATION {Sql.Literal(location)}", cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (PostgresFailures.IsOfStatement(e) || e.SqlState == PostgresErrorCodes.IoError)
        {
            throw new BackupException(ErrorIds.RequirementMissing, $"Tablespace '{tablespace.Name}' cannot be created: {e.MessageText}", e,
                guidance: "Make the directory on the server, empty and owned by the server's account, or create a tablespace of that name elsewhere; "
                    + "-NoTablespaces restores without any. Roles that were created stay.",
                target: tablespace.Name);
        }
    }

    /// <summary>Nothing that a role or tablespace lacks keeps a database from being restored: it is said, without the values.</summary>
    private async Task<bool> TryAsync(GlobalsStatement statement, string sql, CancellationToken cancellationToken)
    {
        try
        {
            await _session.ExecuteAsync(sql, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (PostgresException e) when (PostgresFailures.IsOfStatement(e))
        {
            string what = statement.Kind switch
            {
                GlobalsKind.RoleAttributes => $"the attributes of role '{statement.Name}'",
                GlobalsKind.RoleDetail => $"a setting, comment or label of role '{statement.Name}'",
                _ => sql,
            };
            _warn($"Not taken over: {what} ({e.MessageText})");
            return false;
        }
    }
}
