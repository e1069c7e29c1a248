namespace InMidst.Backup.Postgres.Restore;

/// <summary>Tables are analysed side by side, each once, in the order in which they were given.</summary>
/// <param name="jobs">The tables, the largest first.</param>
internal sealed class AnalyzeSchedule(IEnumerable<AnalyzeJob> jobs) : IWorkSchedule<AnalyzeJob>
{
    private readonly Queue<AnalyzeJob> _waiting = new(jobs);
    private int _running;

    /// <inheritdoc/>
    public bool IsFinished => _waiting.Count == 0 && _running == 0;

    /// <inheritdoc/>
    public AnalyzeJob? Take(int worker)
    {
        if (!_waiting.TryDequeue(out AnalyzeJob? job))
            return null;
        _running++;
        return job;
    }

    /// <inheritdoc/>
    public void Done(AnalyzeJob job) => _running--;
}
