namespace InMidst.Backup.Postgres.Dump;

/// <summary>Takes large objects as they are read, one after another.</summary>
internal interface ILargeObjectHandler
{
    /// <summary>An object begins.</summary>
    /// <param name="oid">Its number.</param>
    /// <param name="definition">The statements that give it its owner, comment, labels and grants once it is filled; a byte string.</param>
    /// <param name="cancellationToken">Cancels.</param>
    ValueTask BeginAsync(uint oid, string definition, CancellationToken cancellationToken);

    /// <summary>A piece of the object that began last; never empty.</summary>
    ValueTask PieceAsync(uint oid, long offset, byte[] piece, CancellationToken cancellationToken);
}
