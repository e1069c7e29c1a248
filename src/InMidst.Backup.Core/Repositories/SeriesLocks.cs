using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>
/// The locks of whoever writes or removes a backup that exists already: its series', then its name's, as a backup takes them. What dead
/// runs of the series left is removed on the way. A dump of another tool has no series.
/// </summary>
internal sealed class SeriesLocks : IAsyncDisposable
{
    private readonly RepositoryLock? _series;
    private readonly RepositoryLock _name;

    private SeriesLocks(RepositoryLock? series, RepositoryLock name)
    {
        _series = series;
        _name = name;
    }

    /// <summary>Takes them. <see cref="Errors.ErrorIds.BackupInProgress"/> when another run has one.</summary>
    /// <param name="storage">The repository.</param>
    /// <param name="id">The backup's id.</param>
    /// <param name="series">Its series, or null.</param>
    /// <param name="purpose">What is done, for others to read.</param>
    /// <param name="resumed">A dump of which dead runs may have left parts that are to stay; or null.</param>
    /// <param name="clock">Times heartbeats and waits.</param>
    /// <param name="warn">Told of trouble with a lock.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<SeriesLocks> AcquireAsync(
        IStorage storage, string id, SeriesRecord? series, string purpose, string? resumed, TimeProvider clock, Action<string> warn, CancellationToken cancellationToken)
    {
        RepositoryLock? held = null;
        try
        {
            if (series is not null)
            {
                string key = LockKeys.Series(series);
                held = await RepositoryLock.AcquireAsync(storage, key, purpose, clock, warn, cancellationToken).ConfigureAwait(false);
                if (resumed is not null)
                    await held.SetWritingAsync([resumed, BackupName.Globals(resumed)], cancellationToken).ConfigureAwait(false);
                await new Leftovers(storage, series.Database, clock, warn) { Kept = resumed }.RemoveAsync(held, key, cancellationToken).ConfigureAwait(false);
            }

            return new SeriesLocks(held, await RepositoryLock.AcquireAsync(storage, LockKeys.Name(id), purpose, clock, warn, cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            if (held is not null)
                await held.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Notes what is being written or removed, for whoever takes over. What has no series is found by its name alone.</summary>
    public Task SetWritingAsync(IReadOnlyList<string> names, CancellationToken cancellationToken) =>
        _series?.SetWritingAsync(names, cancellationToken) ?? Task.CompletedTask;

    /// <summary>Asks the storage whether both are still ours.</summary>
    public async Task EnsureHeldAsync(CancellationToken cancellationToken)
    {
        if (_series is not null)
            await _series.EnsureHeldAsync(cancellationToken).ConfigureAwait(false);
        await _name.EnsureHeldAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Does work that ends with <see cref="Errors.ErrorIds.LockLost"/> when a lock is lost.</summary>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _name.Lost, _series?.Lost ?? CancellationToken.None);
        try
        {
            return await work(stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            _series?.ThrowIfLost();
            _name.ThrowIfLost();
            throw;
        }
    }

    /// <summary>Releases them.</summary>
    public async ValueTask DisposeAsync()
    {
        await _name.DisposeAsync().ConfigureAwait(false);
        if (_series is not null)
            await _series.DisposeAsync().ConfigureAwait(false);
    }
}
