namespace InMidst.Backup.Postgres.Verify;

/// <summary>Does several things at once.</summary>
internal static class SideBySide
{
    /// <summary>Does all of them on the thread pool. The first failure stops the others, and is thrown when all have ended.</summary>
    /// <param name="work">What is to be done, each with the token that stops it.</param>
    /// <param name="interrupt">Ends what a token alone does not end; called at most once, when they are to stop.</param>
    /// <param name="cancellationToken">Stops all; they are awaited.</param>
    public static async Task RunAsync(
        IEnumerable<Func<CancellationToken, Task>> work, Func<Task> interrupt, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        CancellationToken token = stop.Token;
        List<Task> running = [.. work.Select(one => Task.Run(() => one(token), CancellationToken.None))];
        Task interrupted = Task.CompletedTask;
        CancellationTokenRegistration stopping = token.UnsafeRegister(_ => interrupted = Task.Run(interrupt), null);
        Task? failed = null;
        await foreach (Task ended in Task.WhenEach(running).ConfigureAwait(false))
        {
            if (ended.IsCompletedSuccessfully)
                continue;
            failed ??= ended;
            await stop.CancelAsync().ConfigureAwait(false);
        }

        await stopping.DisposeAsync().ConfigureAwait(false);
        await interrupted.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (failed is not null)
            await failed.ConfigureAwait(false);
    }
}
