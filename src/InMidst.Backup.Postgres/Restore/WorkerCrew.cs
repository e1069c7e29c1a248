namespace InMidst.Backup.Postgres.Restore;

/// <summary>Lets several connections do what a schedule gives them, side by side.</summary>
internal static class WorkerCrew
{
    /// <summary>Works until the schedule is finished. The first failure stops everyone, and is thrown when all have ended.</summary>
    /// <param name="sessions">The connections.</param>
    /// <param name="schedule">What is to be done.</param>
    /// <param name="work">Does it.</param>
    /// <param name="cancellationToken">Stops everyone.</param>
    /// <typeparam name="TJob">What one worker does in one go.</typeparam>
    public static async Task RunAsync<TJob>(
        RestoreSessions sessions, IWorkSchedule<TJob> schedule, Func<ScriptLoader, TJob, CancellationToken, Task> work,
        CancellationToken cancellationToken)
        where TJob : class
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Interruption interruption = sessions.InterruptOn(stop.Token);
        await using (interruption.ConfigureAwait(false))
        {
            await RunAsync(sessions.Loaders, schedule, work, stop).ConfigureAwait(false);
        }
    }

    private static async Task RunAsync<TJob>(
        IReadOnlyList<ScriptLoader> workers, IWorkSchedule<TJob> schedule, Func<ScriptLoader, TJob, CancellationToken, Task> work,
        CancellationTokenSource stop)
        where TJob : class
    {
        var idle = new SortedSet<int>(Enumerable.Range(0, workers.Count));
        var running = new Dictionary<Task, (int Worker, TJob Job)>();
        Task? failed = null;
        while (true)
        {
            if (failed is null)
                Begin();
            if (running.Count == 0)
                break;
            Task ended = await Task.WhenAny(running.Keys).ConfigureAwait(false);
            running.Remove(ended, out (int Worker, TJob Job) done);
            idle.Add(done.Worker);
            if (ended.IsCompletedSuccessfully)
            {
                schedule.Done(done.Job);
            }
            else if (failed is null)
            {
                failed = ended;
                await stop.CancelAsync().ConfigureAwait(false);
            }
        }

        if (failed is not null)
            await failed.ConfigureAwait(false);
        if (!schedule.IsFinished)
            throw new InvalidOperationException("Nothing runs, and nothing may begin, but not everything is done.");

        void Begin()
        {
            foreach (int worker in idle.ToArray())
            {
                if (schedule.Take(worker) is not { } job)
                    break;
                idle.Remove(worker);
                CancellationToken token = stop.Token;
                running.Add(Task.Run(() => work(workers[worker], job, token), CancellationToken.None), (worker, job));
            }
        }
    }
}
