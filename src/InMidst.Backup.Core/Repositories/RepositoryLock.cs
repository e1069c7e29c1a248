using System.Security.Cryptography;
using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>
/// The right to write one series of a repository, held by at most one run at a time on any machine. It is an object
/// <c>.midst/locks/&lt;key&gt;.LOCK.&lt;id&gt;.json</c> that is rewritten every 30 seconds; one that was not for 5 minutes, or whose process
/// is gone from this machine, is dead and taken over.
/// </summary>
public sealed class RepositoryLock : IAsyncDisposable
{
    /// <summary>How often the lock shows a sign of life.</summary>
    public static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(30);

    /// <summary>Without a sign of life for so long the lock counts as lost; a minute before others may take it.</summary>
    public static readonly TimeSpan LostAfter = TimeSpan.FromMinutes(4);

    // A storage that does not answer is asked again for minutes, and others may wait for us to let go of it.
    private static readonly TimeSpan ReleaseAtMost = TimeSpan.FromSeconds(15);

    internal const string LocksPrefix = ".midst/locks/";

    // All locks lie side by side: a directory for each would outlive its lock. No key holds capitals beyond F, so that no key with
    // the mark is the beginning of another's.
    internal const string Mark = ".LOCK.";
    private const int KeptLength = 150;

    private readonly IStorage _storage;
    private readonly TimeProvider _clock;
    private readonly Action<string>? _warn;
    private readonly string _name;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _lost = new();
    private readonly ITimer _watchdog;
    private readonly Task _heartbeats;
    private LockRecord _record;
    private long _lastSign; // UTC ticks
    private string? _lostBecause;
    private int _disposed;

    private RepositoryLock(
        IStorage storage, string name, LockRecord record, IReadOnlyList<AbandonedLock> takenOver, TimeProvider clock, Action<string>? warn)
    {
        _storage = storage;
        _name = name;
        _record = record;
        _clock = clock;
        _warn = warn;
        TakenOver = takenOver;
        Lost = _lost.Token;
        _lastSign = record.Heartbeat.UtcTicks;
        _watchdog = clock.CreateTimer(
            _ => Lose("no sign of life could be written for minutes"), null, LostAfter, Timeout.InfiniteTimeSpan);
        _heartbeats = BeatAsync();
    }

    /// <summary>Dead locks that this one took over. What they name may have to be removed; then call <see cref="ForgetTakenOverAsync"/>.</summary>
    public IReadOnlyList<AbandonedLock> TakenOver { get; }

    /// <summary>Fires when the lock is lost: someone removed it, or no sign of life could be written for <see cref="LostAfter"/>.</summary>
    public CancellationToken Lost { get; }

    /// <summary>Acquires the lock of a series.</summary>
    /// <param name="storage">The repository; it must have been initialized.</param>
    /// <param name="seriesKey">What is locked: letters as <see cref="Format.BackupName.Encode"/> leaves them, of any length.</param>
    /// <param name="purpose">What the holder does, for the message others see. Never a secret.</param>
    /// <param name="clock">Times heartbeats and waits.</param>
    /// <param name="warn">Told what fails without making the run fail.</param>
    /// <param name="cancellationToken">Cancels the acquisition, not the lock.</param>
    /// <exception cref="BackupException"><see cref="ErrorIds.BackupInProgress"/> when another run has it.</exception>
    /// <exception cref="StorageException">The storage failed; no lock of ours is left, or a dead one.</exception>
    public static async Task<RepositoryLock> AcquireAsync(
        IStorage storage,
        string seriesKey,
        string purpose,
        TimeProvider clock,
        Action<string>? warn,
        CancellationToken cancellationToken)
    {
        string id = Guid.NewGuid().ToString("N");
        string prefix = $"{LocksPrefix}{Shorten(seriesKey)}{Mark}";
        string name = $"{prefix}{id}.json";
        if (seriesKey.Contains('/', StringComparison.Ordinal) || !StorageName.IsValid(Shorten(seriesKey)))
            throw new BackupException(ErrorIds.InvalidArgument, $"'{seriesKey}' cannot be the key of a series.", target: seriesKey);
        StorageName.ValidateForWriting(name);
        LockOwners.Register(id);
        try
        {
            return await AcquireAsync(storage, id, prefix, name, purpose, clock, warn, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await RemoveAsync(storage, name, clock, warn).ConfigureAwait(false);
            LockOwners.Unregister(id); // from here on it is dead, even if it could not be removed
            throw;
        }
    }

    /// <summary>
    /// Notes which objects are being written, so that whoever takes over after our death knows what to remove.
    /// To be called before the first of them is begun; replaces what was noted before.
    /// </summary>
    public Task SetWritingAsync(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        string[] writing = [.. names];
        return RewriteAsync(record => record with { Writing = writing }, cancellationToken);
    }

    /// <summary>
    /// Notes that what <see cref="TakenOver"/> names has been dealt with. Until then our own lock carries these names on, so
    /// that they are not forgotten when we die as well.
    /// </summary>
    public Task ForgetTakenOverAsync(CancellationToken cancellationToken) =>
        RewriteAsync(record => record with { Inherited = [] }, cancellationToken);

    /// <summary>
    /// Removes what dead runs left of the locks whose keys start so: locks that note nothing to be removed, which nobody would take
    /// over when no run asks for just that key again, and unfinished writes. What lives stays.
    /// </summary>
    /// <param name="keyPrefix">The beginning of keys, of this lock's own too.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task RemoveDeadAsync(string keyPrefix, CancellationToken cancellationToken)
    {
        string prefix = LocksPrefix + (keyPrefix.Length <= KeptLength ? keyPrefix : keyPrefix[..KeptLength]);
        if (await _storage.FindAsync(_name, cancellationToken).ConfigureAwait(false) is not { } own)
        {
            Lose("another run took it over");
            ThrowIfLost();
            return;
        }

        var contest = new LockContest(_storage, prefix, _name, _clock);
        foreach (string name in await contest.FindForgottenAsync(own, cancellationToken).ConfigureAwait(false))
            await RemoveAsync(_storage, name, _clock, _warn).ConfigureAwait(false);
        await _storage.RemoveAbandonedUploadsAsync(prefix, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Throws when the lock is known to be lost. Costs nothing.</summary>
    /// <exception cref="BackupException"><see cref="ErrorIds.LockLost"/>.</exception>
    public void ThrowIfLost()
    {
        if (!Lost.IsCancellationRequested && IsOverdue())
            Lose("the machine was suspended or busy for minutes");
        if (Lost.IsCancellationRequested)
            throw new BackupException(ErrorIds.LockLost, $"The lock of this run is lost: {_lostBecause}.", target: _name);
    }

    /// <summary>Asks the storage whether the lock is still ours, and renews it. For the moment before something becomes final.</summary>
    /// <exception cref="BackupException"><see cref="ErrorIds.LockLost"/>.</exception>
    public Task EnsureHeldAsync(CancellationToken cancellationToken) => RewriteAsync(record => record, cancellationToken);

    /// <summary>Releases the lock. Never throws for what the storage does; a lock that cannot be removed is warned of and is dead.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _heartbeats.ConfigureAwait(false);
        await _watchdog.DisposeAsync().ConfigureAwait(false);
        await RemoveAsync(_storage, _name, _clock, _warn).ConfigureAwait(false);
        LockOwners.Unregister(_record.Id); // only now, or a finished run would look like a dead one
        _stop.Dispose();
        _lost.Dispose();
        _writing.Dispose();
    }

    private static async Task<RepositoryLock> AcquireAsync(
        IStorage storage,
        string id,
        string prefix,
        string name,
        string purpose,
        TimeProvider clock,
        Action<string>? warn,
        CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        var record = new LockRecord
        {
            Format = LockRecord.CurrentFormat,
            Id = id,
            Held = false,
            Purpose = purpose,
            Owner = LockOwners.Current,
            Acquired = now,
            Heartbeat = now,
        };
        var contest = new LockContest(storage, prefix, name, clock);
        await storage.PutAsync(name, record.ToJson(), PutMode.CreateNew, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<LockContest.Rival> dead = await contest.WinAsync(cancellationToken).ConfigureAwait(false);
        AbandonedLock[] takenOver = [.. dead.Select(rival => rival.ToAbandoned())];
        record = record with
        {
            Held = true,
            Heartbeat = clock.GetUtcNow(),
            Inherited = [.. takenOver.SelectMany(abandoned => abandoned.Names).Distinct(StringComparer.Ordinal)],
        };
        await storage.PutAsync(name, record.ToJson(), PutMode.Replace, cancellationToken).ConfigureAwait(false);

        // Had we been suspended before that write, someone could have taken us for dead, and the write brought us back.
        await contest.ConfirmAsync(cancellationToken).ConfigureAwait(false);
        foreach (LockContest.Rival rival in dead)
            await RemoveAsync(storage, rival.Entry.Name, clock, warn).ConfigureAwait(false);
        return new RepositoryLock(storage, name, record, takenOver, clock, warn);
    }

    // A name of 63 letters, each escaped, would not fit a segment together with the mark.
    internal static string Shorten(string key) =>
        key.Length <= KeptLength ? key : key[..KeptLength] + "-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..32];

    private static async Task RemoveAsync(IStorage storage, string name, TimeProvider clock, Action<string>? warn)
    {
        using var limit = new CancellationTokenSource(ReleaseAtMost, clock);
        try
        {
            await storage.DeleteAsync(name, limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is StorageException or OperationCanceledException)
        {
            warn?.Invoke($"The lock object '{name}' could not be removed: {exception.Message} It will be taken over.");
        }
    }

    private async Task BeatAsync()
    {
        CancellationToken stop = _stop.Token;
        while (!Lost.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(HeartbeatInterval, _clock, stop).ConfigureAwait(false);
                await RewriteAsync(record => record, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (StorageException exception)
            {
                _warn?.Invoke($"The lock '{_name}' could not be renewed, and will be tried again: {exception.Message}");
            }
            catch (BackupException exception) when (exception.Id == ErrorIds.LockLost)
            {
                _warn?.Invoke(exception.Message);
            }
        }
    }

    private async Task RewriteAsync(Func<LockRecord, LockRecord> change, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ThrowIfLost();
            if (await _storage.FindAsync(_name, cancellationToken).ConfigureAwait(false) is null)
                Lose("another run took it over");
            ThrowIfLost();
            DateTimeOffset now = _clock.GetUtcNow();
            LockRecord changed = change(_record) with { Heartbeat = now };
            await _storage.PutAsync(_name, changed.ToJson(), PutMode.Replace, cancellationToken).ConfigureAwait(false);
            ThrowIfLost(); // the write itself may have taken minutes
            _record = changed;
            Volatile.Write(ref _lastSign, now.UtcTicks);
            _watchdog.Change(LostAfter, Timeout.InfiniteTimeSpan);
        }
        finally
        {
            _writing.Release();
        }
    }

    // By the wall clock: a monotonic one stands still while the machine sleeps.
    private bool IsOverdue() => _clock.GetUtcNow().UtcTicks - Volatile.Read(ref _lastSign) > LostAfter.Ticks;

    private void Lose(string because)
    {
        if (Interlocked.CompareExchange(ref _lostBecause, because, null) is null)
            _ = _lost.CancelAsync();
    }
}
