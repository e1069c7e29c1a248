namespace InMidst.Backup.Postgres.Dump;

/// <summary>
/// The connection that exported the snapshot, as a reader: it has locked every table already, so it never waits behind one who waits
/// for it. Its transaction lasts to the end of the backup; the indexes, which the query of a slice locks, are let go by a savepoint.
/// </summary>
internal sealed class ExporterConnection(SourceSession session) : DataConnection(session.Copy)
{
    /// <summary>Whether it is not reading anything.</summary>
    public bool IsIdle { get; private set; } = true;

    public override async Task<bool> TryEnterAsync(DataSlice slice, CancellationToken cancellationToken)
    {
        IsIdle = false;
        if (slice.IsQuery)
            await session.ExecuteAsync("SAVEPOINT midst_slice", cancellationToken).ConfigureAwait(false);
        return true;
    }

    public override async Task LeaveAsync(DataSlice slice, CancellationToken cancellationToken)
    {
        if (slice.IsQuery)
            await session.ExecuteAsync("ROLLBACK TO SAVEPOINT midst_slice; RELEASE SAVEPOINT midst_slice", cancellationToken).ConfigureAwait(false);
        IsIdle = true;
    }
}
