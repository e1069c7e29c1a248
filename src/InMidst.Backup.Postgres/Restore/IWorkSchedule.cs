namespace InMidst.Backup.Postgres.Restore;

/// <summary>Says what several workers do next. Asked by one at a time.</summary>
/// <typeparam name="TJob">What one worker does in one go.</typeparam>
internal interface IWorkSchedule<TJob>
    where TJob : class
{
    /// <summary>Whether everything was taken and done.</summary>
    bool IsFinished { get; }

    /// <summary>Takes the next job; null when nothing may begin before something that runs has ended.</summary>
    /// <param name="worker">Who will do it, from 0.</param>
    TJob? Take(int worker);

    /// <summary>A job has been done.</summary>
    void Done(TJob job);
}
