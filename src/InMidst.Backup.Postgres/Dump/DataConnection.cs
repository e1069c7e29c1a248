using InMidst.Backup.Postgres.Copy;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>A connection on which slices are read, one at a time, in the snapshot of the backup.</summary>
internal abstract class DataConnection(IBulkCopy copy)
{
    /// <summary>COPY on it.</summary>
    public IBulkCopy Copy { get; } = copy;

    /// <summary>Gets ready to read a slice. False when somebody waits for its table exclusively: then only who has locked it may read it.</summary>
    public abstract Task<bool> TryEnterAsync(DataSlice slice, CancellationToken cancellationToken);

    /// <summary>After the slice was read: lets go of what nobody may be kept waiting for.</summary>
    public abstract Task LeaveAsync(DataSlice slice, CancellationToken cancellationToken);
}
