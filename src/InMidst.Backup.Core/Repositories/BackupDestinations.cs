using System.Runtime.ExceptionServices;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>
/// The repositories into which one backup is written at once. One that fails is dropped, and the others go on; when none is left the
/// backup has failed with the failure of the last.
/// </summary>
public sealed class BackupDestinations : IAsyncDisposable
{
    private readonly TimeProvider _clock;
    private readonly Action<string> _warn;
    private readonly Action<IStorage, BackupException> _dropped;
    private readonly CancellationTokenSource _lost = new();
    private readonly List<CancellationTokenRegistration> _registrations = [];
    private volatile BackupDestination[] _living; // replaced, never changed: locks are lost on any thread

    /// <summary>Makes them.</summary>
    /// <param name="storages">The repositories, at least one.</param>
    /// <param name="clock">Times locks.</param>
    /// <param name="warn">Told what the user should know though nothing fails.</param>
    /// <param name="dropped">Told of each repository that takes no part any more while others do.</param>
    public BackupDestinations(
        IReadOnlyList<IStorage> storages, TimeProvider clock, Action<string> warn, Action<IStorage, BackupException> dropped)
    {
        ArgumentOutOfRangeException.ThrowIfZero(storages.Count);
        _clock = clock;
        _warn = warn;
        _dropped = dropped;
        _living = [.. storages.Select(storage => new BackupDestination(storage, clock, warn))];
    }

    /// <summary>Those that take part.</summary>
    public IReadOnlyList<BackupDestination> Living => _living;

    /// <summary>Fires when none of those that take part has its lock any more.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Prepares each repository: the lock of the series, and nothing left of dead runs.</summary>
    /// <param name="database">The database.</param>
    /// <param name="seriesKey">Key of the series.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task LockAsync(string database, string seriesKey, CancellationToken cancellationToken)
    {
        await EachAsync(async destination =>
        {
            await destination.Storage.InitializeAsync(cancellationToken).ConfigureAwait(false);
            RepositoryLock held = await RepositoryLock.AcquireAsync(
                destination.Storage, seriesKey, $"backup of {database}", _clock, _warn, cancellationToken).ConfigureAwait(false);
            destination.SeriesLock = held;
            await new Leftovers(destination.Storage, database, _clock, _warn).RemoveAsync(held, seriesKey, cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
        foreach (BackupDestination destination in _living)
            _registrations.Add(destination.SeriesLock!.Lost.Register(NoteLoss));
    }

    /// <summary>Finds an id that is free in all repositories, and reserves it: a second may see two backups of one name.</summary>
    /// <param name="database">The database.</param>
    /// <param name="started">When the backup began.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<string> ReserveIdAsync(string database, DateTimeOffset started, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            string id = BackupName.Id(database, started, attempt);
            await EachAsync(async destination => destination.NameLock = await BackupIdReservation.TryMakeAsync(
                destination.Storage, database, id, _clock, _warn, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            if (Array.TrueForAll(_living, destination => destination.NameLock is not null))
                return id;
            foreach (BackupDestination destination in _living)
            {
                if (destination.NameLock is not null)
                    await destination.NameLock.DisposeAsync().ConfigureAwait(false);
                destination.NameLock = null;
            }
        }
    }

    /// <summary>Does something in all repositories side by side, and drops those where it fails.</summary>
    /// <param name="work">What is done; a <see cref="BackupException"/> drops the repository, anything else ends the backup.</param>
    /// <exception cref="BackupException">It failed in the last one that was left.</exception>
    public async Task EachAsync(Func<BackupDestination, Task> work)
    {
        await Task.WhenAll(_living.Select(destination => RunAsync(destination, work))).ConfigureAwait(false);
        await DropFailedAsync().ConfigureAwait(false);
    }

    /// <summary>Makes the backup exist: writes its manifest, in all repositories, and lets the pointers at the latest one follow.</summary>
    /// <param name="manifest">What is known of it; where its objects lie is filled in for each.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The backup in each repository that has it now.</returns>
    public async Task<IReadOnlyList<BackupRecord>> PublishAsync(BackupManifest manifest, CancellationToken cancellationToken)
    {
        await EachAsync(destination => destination.PublishAsync(manifest, cancellationToken)).ConfigureAwait(false);
        foreach (BackupDestination destination in _living)
            await new LatestPointer(destination.Storage, manifest.Series.Database, _warn).RenewAsync(cancellationToken).ConfigureAwait(false);
        return [.. _living.Select(destination => destination.Published!)];
    }

    /// <summary>Throws when the lock of one that takes part is known to be lost.</summary>
    /// <exception cref="BackupException"><see cref="ErrorIds.LockLost"/>.</exception>
    public void ThrowIfLost()
    {
        foreach (BackupDestination destination in _living)
            destination.SeriesLock?.ThrowIfLost();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (CancellationTokenRegistration registration in _registrations)
            await registration.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(_living.Select(destination => destination.LeaveAsync())).ConfigureAwait(false);
        _lost.Dispose();
    }

    private static async Task RunAsync(BackupDestination destination, Func<BackupDestination, Task> work)
    {
        try
        {
            await work(destination).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            destination.Failure = e;
        }
    }

    private async Task DropFailedAsync()
    {
        BackupDestination[] failed = Array.FindAll(_living, destination => destination.Failure is not null);
        if (failed.Length == 0)
            return;
        _living = Array.FindAll(_living, destination => destination.Failure is null);
        await Task.WhenAll(failed.Select(destination => destination.LeaveAsync())).ConfigureAwait(false);
        BackupDestination? last = _living.Length == 0 ? failed[^1] : null;
        foreach (BackupDestination destination in failed.Where(destination => destination != last))
            _dropped(destination.Storage, destination.Failure!);
        if (last is not null)
            ExceptionDispatchInfo.Throw(last.Failure!);
        NoteLoss();
    }

    private void NoteLoss()
    {
        BackupDestination[] living = _living;
        if (living.Length > 0 && Array.TrueForAll(living, destination => destination.SeriesLock?.Lost.IsCancellationRequested == true))
            _ = _lost.CancelAsync();
    }
}
