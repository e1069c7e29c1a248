using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// Puts a filled database in the place of another in one transaction: both renames and the old one's properties, or, after whatever
/// failure or kill, nothing.
/// </summary>
/// <param name="session">The maintenance session.</param>
/// <param name="server">The server.</param>
/// <param name="options">What the user allowed.</param>
/// <param name="clock">Names the old database and bounds the attempts.</param>
internal sealed class DatabaseSwap(MaintenanceSession session, ServerIdentity server, RestoreOptions options, TimeProvider clock)
{
    // A CREATE DATABASE from the old one as template locks it; who wants to connect meanwhile waits behind us.
    private const string LockWait = "SET LOCAL lock_timeout = '10s'";

    // Applications come back as fast as they are sent away, and a session may take its time to end.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _target = options.TargetDatabase;
    private readonly DatabaseRenaming _renaming = new(session, options.Address, clock);

    /// <summary>Tries, while nothing is at stake, whether the filled database can have the other's owner, grants and comment.</summary>
    /// <param name="filled">The filled database's own name.</param>
    /// <param name="properties">The other's properties.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="BackupException">PermissionDenied, naming the statement.</exception>
    public async Task RehearseAsync(string filled, DatabaseProperties properties, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await session.Connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            foreach (string statement in CreateDatabaseStatement.Finish(filled, properties))
            {
                try
                {
                    await session.ExecuteAsync(statement, cancellationToken).ConfigureAwait(false);
                }
                catch (PostgresException e) when (PostgresFailures.IsOfStatement(e))
                {
                    throw new BackupException(ErrorIds.PermissionDenied,
                        $"The copy cannot be made like database '{_target}', which it is to replace: {e.MessageText} ({statement})", e, target: _target);
                }
            }

            await transaction.RollbackAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Swaps. No connection of ours to either database may be open.</summary>
    /// <param name="old">The database that gives way, as it was before the restore.</param>
    /// <param name="filled">The filled database's own name.</param>
    /// <param name="cancellationToken">Cancels, until the transaction is committed.</param>
    /// <returns>The name that the old database has now.</returns>
    /// <exception cref="BackupException">TargetInUse, TargetNotReplaceable, PermissionDenied; everything has its name still.</exception>
    public async Task<string> RunAsync(ReplacedDatabase old, string filled, CancellationToken cancellationToken)
    {
        await ReplacedDatabase.CheckBindingsAsync(session.Connection, options, cancellationToken).ConfigureAwait(false);
        int longest = await session.LongestNameAsync(cancellationToken).ConfigureAwait(false);
        long started = clock.GetTimestamp();
        while (true)
        {
            // Before anybody's sessions are ended, and again when nobody can rename it any more.
            await old.CheckSameAsync(session.Connection, _target, _target, cancellationToken).ConfigureAwait(false);
            await ReplacedDatabase.CheckSessionsAsync(session.Connection, options, cancellationToken).ConfigureAwait(false);
            string kept = await FindFreeNameAsync(longest, cancellationToken).ConfigureAwait(false);
            try
            {
                await TryAsync(old, filled, kept, cancellationToken).ConfigureAwait(false);
                return kept;
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.ObjectInUse or PostgresErrorCodes.LockNotAvailable)
            {
                if (options.DisconnectUsers && clock.GetElapsedTime(started) < Patience)
                    continue;
                throw ReplacedDatabase.InUse(
                    _target, await TargetSession.ReadAsync(session.Connection, _target, cancellationToken).ConfigureAwait(false), e);
            }
        }
    }

    // A small database is replaced twice in one second by who tries things out.
    private async Task<string> FindFreeNameAsync(int longest, CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        for (int number = 1; ; number++)
        {
            string name = ReplacedDatabase.KeptName(_target, now, longest, number);
            if (!await session.ExistsAsync(name, cancellationToken).ConfigureAwait(false))
                return name;
        }
    }

    private async Task TryAsync(ReplacedDatabase old, string filled, string kept, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await session.Connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await session.ExecuteAsync(LockWait, cancellationToken).ConfigureAwait(false);
            await _renaming.RunAsync(_target, kept, options.DisconnectUsers, cancellationToken).ConfigureAwait(false);
            await old.CheckSameAsync(session.Connection, kept, _target, cancellationToken).ConfigureAwait(false);
            await _renaming.RunAsync(filled, _target, endSessions: true, cancellationToken).ConfigureAwait(false);
            await TakeOverAsync(old.Properties, kept, cancellationToken).ConfigureAwait(false);
            await CommitAsync(transaction, kept).ConfigureAwait(false);
        }
    }

    /// <summary>Settings and grants may have been changed while the copy was filled: it gets what the old database has now.</summary>
    private async Task TakeOverAsync(DatabaseProperties before, string kept, CancellationToken cancellationToken)
    {
        DatabaseProperties now = await DatabasePropertiesReader.ReadAsync(
            session.Connection, server.Major, new DatabaseText("UTF8"), kept, cancellationToken).ConfigureAwait(false);
        var statements = new List<string>();
        if (!now.Settings.SequenceEqual(before.Settings) || !now.RoleSettings.SequenceEqual(before.RoleSettings))
        {
            statements.Add($"ALTER DATABASE {Sql.Identifier(_target)} RESET ALL");
            statements.AddRange(before.RoleSettings.Select(s => s.Role).Distinct()
                .Select(role => $"ALTER ROLE {Sql.Identifier(role)} IN DATABASE {Sql.Identifier(_target)} RESET ALL"));
            statements.AddRange(CreateDatabaseStatement.Settings(_target, now));
        }

        foreach (string statement in statements.Concat(CreateDatabaseStatement.Finish(_target, now)))
            await session.ExecuteAsync(statement, cancellationToken).ConfigureAwait(false);
    }

    private async Task CommitAsync(NpgsqlTransaction transaction, string kept)
    {
        try
        {
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (NpgsqlException e) when (e is not PostgresException refusal || !PostgresFailures.IsOfStatement(refusal))
        {
            throw new BackupException(ErrorIds.ConnectionLost,
                $"The connection was lost in the very moment of the replacement. If there is a database '{kept}' now, it took place, and that is the old one; else '{_target}' is as it was.",
                e, guidance: "Look at the names of the databases (Get-MidstDatabase) before anything else is done.", target: _target);
        }
    }
}
