using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// The order in which rows are loaded: a worker stays with a table; the largest one that nobody has begun comes next; when all are
/// begun, workers help with what has most left. Tables that fit into the fair share of one worker are left to one as a whole, as far as
/// that keeps no other waiting at the end.
/// </summary>
internal sealed class DataSchedule : IWorkSchedule<DataJob>
{
    /// <summary>Bytes of COPY text below which one transaction for a table costs more than it gives.</summary>
    internal const long SmallestWhole = 1024 * 1024;

    private readonly Queue<DataJob> _chains;
    private readonly Queue<TableFrames> _untouched;
    private readonly List<TableFrames> _begun = [];
    private readonly Dictionary<int, TableFrames> _current = [];
    private int _running;

    /// <summary>Makes the schedule.</summary>
    /// <param name="frames">Frames of tables, whose order does not matter but within a table.</param>
    /// <param name="chains">Frames that one worker loads one after another: large objects, tables that may refer to each other already.</param>
    /// <param name="mayBeWhole">Whether a table, by its position in the index, may be loaded in one transaction.</param>
    /// <param name="workers">How many work.</param>
    public DataSchedule(
        IEnumerable<FrameEntry> frames, IEnumerable<IReadOnlyList<FrameEntry>> chains, Func<int, bool> mayBeWhole, int workers)
    {
        DataJob[] together = [.. chains.Where(c => c.Count > 0).Select(c => new DataJob(c))];
        TableFrames[] tables = [.. frames.GroupBy(f => f.Table!.Value).Select(g => new TableFrames(g.Key, g)).OrderByDescending(t => t.Left)];
        long fairShare = (tables.Sum(t => t.Left) + together.Sum(Weight)) / workers;
        var shares = new PriorityQueue<long, long>(Enumerable.Repeat((0L, 0L), workers));
        foreach (DataJob chain in together)
            TryAssign(Weight(chain), long.MaxValue);
        foreach (TableFrames table in tables.Where(t => t.Left >= SmallestWhole && mayBeWhole(t.Table)))
            table.IsWhole = TryAssign(table.Left, fairShare);

        _chains = new Queue<DataJob>(together);
        _untouched = new Queue<TableFrames>(tables);

        bool TryAssign(long weight, long atMost)
        {
            long share = shares.Peek() + weight;
            if (share > atMost)
                return false;
            shares.DequeueEnqueue(share, share);
            return true;
        }
    }

    /// <inheritdoc/>
    public bool IsFinished => _running == 0 && _chains.Count == 0 && _untouched.Count == 0 && _begun.Count == 0;

    /// <inheritdoc/>
    public DataJob? Take(int worker)
    {
        if (!_chains.TryDequeue(out DataJob? job))
        {
            if (!_current.TryGetValue(worker, out TableFrames? table) || table.Left == 0)
                table = Choose();
            if (table is null)
                return null;
            _current[worker] = table;
            job = table.Next();
            if (table.Left == 0)
                _begun.Remove(table);
        }

        _running++;
        return job;
    }

    /// <inheritdoc/>
    public void Done(DataJob job) => _running--;

    private TableFrames? Choose()
    {
        if (!_untouched.TryDequeue(out TableFrames? table))
            return _begun.MaxBy(t => t.Left);
        _begun.Add(table);
        return table;
    }

    private static long Weight(DataJob job) => job.Frames.Sum(Weight);

    // A frame without rows is something to do as well.
    private static long Weight(FrameEntry frame) => frame.RawLength + 1;

    private sealed class TableFrames
    {
        private readonly Queue<FrameEntry> _frames;

        public TableFrames(int table, IEnumerable<FrameEntry> frames)
        {
            Table = table;
            _frames = new Queue<FrameEntry>(frames);
            Left = _frames.Sum(Weight);
        }

        public int Table { get; }

        public long Left { get; private set; }

        public bool IsWhole { get; set; }

        public DataJob Next()
        {
            DataJob job = IsWhole ? new DataJob([.. _frames]) { WholeTable = Table } : new DataJob([_frames.Peek()]);
            foreach (FrameEntry frame in job.Frames)
                Left -= Weight(frame);
            for (int i = 0; i < job.Frames.Count; i++)
                _frames.Dequeue();
            return job;
        }
    }
}
