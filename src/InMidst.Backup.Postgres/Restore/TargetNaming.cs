using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// Gives a filled database its properties and the target's name in one transaction: the name stands for the whole thing or, after
/// whatever failure, for what it stood for before.
/// </summary>
/// <param name="session">The maintenance session.</param>
/// <param name="address">The server.</param>
/// <param name="clock">Waits.</param>
/// <param name="filled">The filled database's own name.</param>
/// <param name="target">The name it gets.</param>
/// <param name="aside">The name an empty database in its place gets until it is dropped.</param>
/// <param name="warn">Told of properties that could not be set.</param>
internal sealed class TargetNaming(
    MaintenanceSession session, ServerAddress address, TimeProvider clock, string filled, string target, string aside, Action<string> warn)
{
    /// <summary>Names the database. No connection to it may be open.</summary>
    /// <param name="properties">Its properties, or null.</param>
    /// <param name="replacesEmpty">Whether an empty database has the name now.</param>
    /// <param name="cancellationToken">Cancels; the names are then as before.</param>
    public async Task RunAsync(DatabaseProperties? properties, bool replacesEmpty, CancellationToken cancellationToken)
    {
        if (replacesEmpty)
            await EmptyDatabase.EnsureAsync(address, target, target, cancellationToken).ConfigureAwait(false);
        NpgsqlTransaction transaction = await session.Connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            if (replacesEmpty)
                await RenameAsync(target, aside, cancellationToken).ConfigureAwait(false);
            await RenameFilledAsync(transaction, cancellationToken).ConfigureAwait(false);
            if (properties is not null)
                await SetPropertiesAsync(transaction, properties, cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        }

        if (replacesEmpty)
            await DropAsideAsync().ConfigureAwait(false);
    }

    /// <summary>Without another connection if it can be: a password that was good hours ago may be none now.</summary>
    private async Task RenameFilledAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        const string Savepoint = "renaming";
        await transaction.SaveAsync(Savepoint, cancellationToken).ConfigureAwait(false);
        try
        {
            await RenameAsync(filled, target, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ObjectInUse)
        {
            // Nobody has business in it yet; monitoring that looks into every database would be in the way.
            await transaction.RollbackAsync(Savepoint, cancellationToken).ConfigureAwait(false);
            await new DatabaseRenaming(session, address, clock).RunAsync(filled, target, endSessions: true, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SetPropertiesAsync(NpgsqlTransaction transaction, DatabaseProperties properties, CancellationToken cancellationToken)
    {
        const string Savepoint = "property";
        foreach (string statement in CreateDatabaseStatement.Finish(target, properties))
        {
            await transaction.SaveAsync(Savepoint, cancellationToken).ConfigureAwait(false);
            try
            {
                await session.ExecuteAsync(statement, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException e) when (PostgresFailures.IsOfStatement(e))
            {
                await transaction.RollbackAsync(Savepoint, cancellationToken).ConfigureAwait(false);
                warn($"Database '{target}' is whole, but one of its properties could not be set: {e.MessageText} ({statement})");
            }
        }
    }

    /// <summary>Between the last look and the renaming somebody may have filled the empty database: then it gets its name back.</summary>
    private async Task DropAsideAsync()
    {
        try
        {
            await EmptyDatabase.EnsureAsync(address, aside, target, CancellationToken.None).ConfigureAwait(false);
            await session.DropCopyAsync(aside, CancellationToken.None).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Id == ErrorIds.TargetNotEmpty)
        {
            NpgsqlTransaction transaction = await session.Connection.BeginTransactionAsync(CancellationToken.None).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                await RenameAsync(target, filled, CancellationToken.None).ConfigureAwait(false);
                await RenameAsync(aside, target, CancellationToken.None).ConfigureAwait(false);
                await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
            }

            throw;
        }
        catch (Exception e) when (e is BackupException or PostgresException)
        {
            warn($"Database '{target}' is whole; the empty one it replaced could not be removed and is now called '{aside}': {e.Message}");
        }
    }

    private Task RenameAsync(string from, string to, CancellationToken cancellationToken) =>
        session.ExecuteAsync($"ALTER DATABASE {Sql.Identifier(from)} RENAME TO {Sql.Identifier(to)}", cancellationToken);
}
