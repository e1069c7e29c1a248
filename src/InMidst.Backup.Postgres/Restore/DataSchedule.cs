using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// The order in which rows are loaded: a worker stays with a table; the largest one that nobody has begun comes next; when all are
/// begun, workers help with what has most left.
/// </summary>
internal sealed class DataSchedule : IWorkSchedule<DataJob>
{
    private readonly Queue<DataJob> _chains;
    private readonly Queue<TableFrames> _untouched;
    private readonly List<TableFrames> _begun = [];
    private readonly Dictionary<int, TableFrames> _current = [];
    private int _running;

    /// <summary>Makes the schedule.</summary>
    /// <param name="frames">Frames whose order does not matter, but within a table.</param>
    /// <param name="chains">Frames that one worker loads one after another: large objects, tables that may refer to each other already.</param>
    public DataSchedule(IEnumerable<FrameEntry> frames, IEnumerable<IReadOnlyList<FrameEntry>> chains)
    {
        _chains = new Queue<DataJob>(chains.Where(c => c.Count > 0).Select(c => new DataJob(c)));
        _untouched = new Queue<TableFrames>(frames.GroupBy(f => f.Table).Select(g => new TableFrames(g)).OrderByDescending(t => t.Left));
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
            job = new DataJob([table.Next()]);
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

    private sealed class TableFrames
    {
        private readonly Queue<FrameEntry> _frames;

        public TableFrames(IEnumerable<FrameEntry> frames)
        {
            _frames = new Queue<FrameEntry>(frames);
            Left = _frames.Sum(Weight);
        }

        public long Left { get; private set; }

        public FrameEntry Next()
        {
            FrameEntry frame = _frames.Dequeue();
            Left -= Weight(frame);
            return frame;
        }

        // A frame without rows is something to do as well.
        private static long Weight(FrameEntry frame) => frame.RawLength + 1;
    }
}
