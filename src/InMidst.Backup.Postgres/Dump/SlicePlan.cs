namespace InMidst.Backup.Postgres.Dump;

/// <summary>
/// Cuts large tables into slices and puts the longest pieces first, so that all workers end at about the same time. A slice is read by
/// a query, which costs the server more than a plain COPY and locks the indexes as well: small tables stay whole.
/// </summary>
internal static class SlicePlan
{
    // Below this a slice is not worth its query.
    private const long MinimumSlice = 64L << 20;

    // Above this nothing is won: what a worker has left at the end is small against the whole.
    private const long MaximumSlice = 1L << 30;

    // Of the whole; the last worker to begin a slice has that much left when the others are done.
    private const int SlicesPerWorker = 4;

    /// <summary>Makes the plan.</summary>
    /// <param name="tables">The tables, in the order of the index.</param>
    /// <param name="workers">Connections that read; one needs no slices.</param>
    /// <param name="sliceLength">Bytes on disk of a slice; null for what keeps the workers busy.</param>
    /// <returns>What to read, each row of each table once, in the order in which it is best begun.</returns>
    public static List<DataSlice> Make(IReadOnlyList<SourceTable> tables, int workers, long? sliceLength)
    {
        long share = tables.Sum(t => t.SizeOnDisk) / (workers * SlicesPerWorker);
        long length = workers < 2 ? long.MaxValue : sliceLength ?? Math.Clamp(share, MinimumSlice, MaximumSlice);
        return [.. tables.SelectMany((table, position) => Cut(table, position, length)).OrderByDescending(s => s.Size)];
    }

    // By bytes of rows and TOAST together: ten thousand rows of ten megabytes each have few pages of their own.
    private static IEnumerable<DataSlice> Cut(SourceTable table, int position, long length)
    {
        bool whole = table.Filter is not null || table.QuotedColumns.Count == 0;
        long count = whole ? 1 : Math.Min(table.Pages, (long)Math.Round(table.SizeOnDisk / (double)length));
        if (count < 2)
        {
            yield return new DataSlice(table, position, table.SizeOnDisk);
            yield break;
        }

        long pages = (table.Pages + count - 1) / count;
        for (long first = 0; first < table.Pages; first += pages)
        {
            long end = Math.Min(first + pages, table.Pages);
            yield return new DataSlice(table, position, (long)(table.SizeOnDisk * ((end - first) / (double)table.Pages))) { Pages = (first, end) };
        }
    }
}
