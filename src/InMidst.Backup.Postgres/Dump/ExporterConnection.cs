namespace InMidst.Backup.Postgres.Dump;

/// <summary>
/// The connection that exported the snapshot, as a reader: it has locked every table already, so it never waits behind one who waits
/// for it. What it does is undone in a savepoint, since its transaction must go on: a query of a slice locks the indexes too.
/// </summary>
internal sealed class ExporterConnection(SourceSession session) : DataConnection(session.Connection)
{
    /// <summary>Whether it is not reading anything.</summary>
    public bool IsIdle { get; private set; } = true;

    public override async Task<bool> TryEnterAsync(DataSlice slice, CancellationToken cancellationToken)
    {
        IsIdle = false;
        await ExecuteAsync("SAVEPOINT midst_slice", cancellationToken).ConfigureAwait(false);
        return true;
    }

    public override async Task LeaveAsync(DataSlice slice, CancellationToken cancellationToken)
    {
        await ExecuteAsync("ROLLBACK TO SAVEPOINT midst_slice; RELEASE SAVEPOINT midst_slice", cancellationToken).ConfigureAwait(false);
        IsIdle = true;
    }

    public override Task RecoverAsync(CancellationToken cancellationToken) =>
        ExecuteAsync("ROLLBACK TO SAVEPOINT midst_slice", cancellationToken);
}
