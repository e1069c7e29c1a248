using InMidst.Backup.Core;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Copy;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>
/// Tells, while a step of a backup waits for a lock, for whom. It looks once a second through a connection of its own, which it
/// opens only when a step takes that long; if none is to be had, the step is as good without.
/// </summary>
internal sealed class LockWaitWatch(DumpOptions options, DatabaseText text, IProgress<OperationProgress> progress, TimeProvider clock)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>Does the step and watches over it.</summary>
    /// <param name="status">What the step is called, reported at its beginning and after a wait.</param>
    /// <param name="step">The step.</param>
    /// <param name="cancellationToken">Ends the watching; the step has its own.</param>
    public async Task<T> OverAsync<T>(string status, Func<Task<T>> step, CancellationToken cancellationToken)
    {
        progress.Report(new OperationProgress(status, 0, 0));
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task watching = WatchAsync(status, done.Token);
        try
        {
            return await step().ConfigureAwait(false);
        }
        finally
        {
            await done.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(false);
        }
    }

    private async Task WatchAsync(string status, CancellationToken cancellationToken)
    {
        try
        {
            using var ticks = new PeriodicTimer(Period, clock);
            await ticks.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);
            NpgsqlConnection connection = await PostgresConnector.OpenAsync(
                options.Address, options.Database, new ConnectorOptions { ByteText = true }, cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                await PinnedSession.ApplyAsync(connection, cancellationToken).ConfigureAwait(false);
                await TellAsync(connection, status, ticks, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or BackupException || PostgresErrors.IsServerFailure(e, cancellationToken))
        {
            // The step has ended, or nobody can be asked.
        }
    }

    private async Task TellAsync(NpgsqlConnection connection, string status, PeriodicTimer ticks, CancellationToken cancellationToken)
    {
        bool waits = false;
        do
        {
            string? wait = await TableBlockers.FindWaitAsync(connection, text, cancellationToken).ConfigureAwait(false);
            if (wait is not null || waits)
                progress.Report(new OperationProgress(wait is null ? status : $"Waiting: {wait}", 0, 0));
            waits = wait is not null;
        }
        while (await ticks.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
    }
}
