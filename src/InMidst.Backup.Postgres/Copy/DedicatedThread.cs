namespace InMidst.Backup.Postgres.Copy;

/// <summary>
/// Runs what moves bytes for seconds or hours on a thread of its own, where it may wait in the system. The threads of the pool are few,
/// and each wait of theirs is paid for with a round through its queues.
/// </summary>
internal static class DedicatedThread
{
    /// <summary>Runs work that never gives its thread away.</summary>
    public static Task RunAsync(Action work) => RunAsync(() =>
    {
        work();
        return true;
    });

    /// <summary>Runs work that never gives its thread away.</summary>
    public static Task<T> RunAsync<T>(Func<T> work) => Task.Factory.StartNew(
        work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);

    /// <summary>Waits, on such a thread, for what is usually done already.</summary>
    public static void Wait(ValueTask task)
    {
        if (task.IsCompleted)
            task.GetAwaiter().GetResult();
        else
            task.AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Waits, on such a thread, for what is usually done already.</summary>
    public static T Wait<T>(ValueTask<T> task) => task.IsCompleted ? task.Result : task.AsTask().GetAwaiter().GetResult();

    /// <summary>Waits, on such a thread, for what is usually done already.</summary>
    public static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
}
