using System.Runtime.CompilerServices;

namespace InMidst.Backup.Core.Storage;

/// <summary>
/// Does again what failed in a way that may pass, for storages that do not by themselves (directories on network file systems).
/// Streams go on where they stopped, as long as the object is the same. An upload is repeated as long as it is small enough to be kept
/// in memory; the failure of a larger one is final.
/// </summary>
/// <param name="inner">The other storage.</param>
/// <param name="policy">How often and when.</param>
/// <param name="clock">Measures and waits.</param>
/// <param name="notify">Is told of the first of several failures after which it is tried again.</param>
public sealed class RetryingStorage(IStorage inner, RetryPolicy policy, TimeProvider clock, Action<string>? notify) : StorageDecorator(inner)
{
    /// <summary>Which failures are worth another attempt; those that the storage does not call permanent, if nothing is said.</summary>
    public Func<StorageException, bool> MayPass { get; init; } = static failure => !failure.IsPermanent;

    /// <inheritdoc/>
    public override Task InitializeAsync(CancellationToken cancellationToken) =>
        RunAsync(() => Inner.InitializeAsync(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public override async Task<StorageUpload> BeginPutAsync(string name, PutMode mode, CancellationToken cancellationToken) =>
        new RetryingUpload(this, await BeginInnerAsync(name, mode, cancellationToken).ConfigureAwait(false), mode);

    /// <inheritdoc/>
    public override async Task<Stream> OpenReadAsync(string name, long offset, long? length, CancellationToken cancellationToken)
    {
        // Asked before: what is opened is this object or a later one, so that one which is the same afterwards was the same all the time.
        StorageEntry? entry = await FindAsync(name, cancellationToken).ConfigureAwait(false);
        Stream stream = await OpenInnerAsync(name, offset, length, cancellationToken).ConfigureAwait(false);
        return new RetryingReadStream(this, name, entry, stream, offset, length);
    }

    /// <inheritdoc/>
    public override Task<StorageEntry?> FindAsync(string name, CancellationToken cancellationToken) =>
        RunAsync(() => Inner.FindAsync(name, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public override async IAsyncEnumerable<StorageEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Retries retries = StartRetries();
        string? last = null;
        bool ended = false;
        while (!ended)
        {
            IAsyncEnumerator<StorageEntry> entries = Inner.ListAsync(prefix, cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using (entries.ConfigureAwait(false))
            {
                // Names come in order: what was told already comes first again.
                while (await MovesAsync(entries, retries, cancellationToken).ConfigureAwait(false) is { } moved)
                {
                    ended = !moved;
                    if (ended)
                        break;
                    if (last is not null && string.CompareOrdinal(entries.Current.Name, last) <= 0)
                        continue;
                    last = entries.Current.Name;
                    retries.Progressed();
                    yield return entries.Current;
                }
            }
        }
    }

    /// <inheritdoc/>
    public override Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        RunAsync(() => Inner.DeleteAsync(name, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public override Task SetPointerAsync(string name, string target, CancellationToken cancellationToken) =>
        RunAsync(() => Inner.SetPointerAsync(name, target, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public override Task DeletePointerAsync(string name, CancellationToken cancellationToken) =>
        RunAsync(() => Inner.DeletePointerAsync(name, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public override async IAsyncEnumerable<UnfinishedUpload> ListUnfinishedUploadsAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<UnfinishedUpload> all = await RunAsync(
            () => Inner.ListUnfinishedUploadsAsync(prefix, cancellationToken).ToListAsync(cancellationToken).AsTask(), cancellationToken)
            .ConfigureAwait(false);
        foreach (UnfinishedUpload upload in all)
            yield return upload;
    }

    /// <inheritdoc/>
    public override async Task<bool> RemoveUnfinishedUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken)
    {
        Retries retries = StartRetries();
        // Gone after a failure: most likely by the call that failed.
        return await RunAsync(() => Inner.RemoveUnfinishedUploadAsync(upload, cancellationToken), retries, cancellationToken).ConfigureAwait(false)
            || retries.Failures > 0;
    }

    /// <summary>Begins to count failures.</summary>
    internal Retries StartRetries() => policy.Start(clock);

    /// <summary>Begins an upload of the other storage.</summary>
    internal Task<StorageUpload> BeginInnerAsync(string name, PutMode mode, CancellationToken cancellationToken) =>
        RunAsync(() => Inner.BeginPutAsync(name, mode, cancellationToken), cancellationToken);

    /// <summary>Opens a stream of the other storage.</summary>
    internal Task<Stream> OpenInnerAsync(string name, long offset, long? length, CancellationToken cancellationToken) =>
        RunAsync(() => Inner.OpenReadAsync(name, offset, length, cancellationToken), cancellationToken);

    /// <summary>Waits before the next attempt.</summary>
    /// <returns>False when the failure is final.</returns>
    internal async Task<bool> WaitAsync(Retries retries, StorageException failure, CancellationToken cancellationToken)
    {
        if (!MayPass(failure) || !await retries.WaitAsync(null, cancellationToken).ConfigureAwait(false))
            return false;
        if (retries.Failures == 1)
            notify?.Invoke($"{failure.Message} It is tried again.");
        return true;
    }

    private Task<T> RunAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken) => RunAsync(work, StartRetries(), cancellationToken);

    private async Task<T> RunAsync<T>(Func<Task<T>> work, Retries retries, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await work().ConfigureAwait(false);
            }
            catch (StorageException failure) when (!failure.IsPermanent)
            {
                if (!await WaitAsync(retries, failure, cancellationToken).ConfigureAwait(false))
                    throw;
            }
        }
    }

    private Task RunAsync(Func<Task> work, CancellationToken cancellationToken) => RunAsync(
        async () =>
        {
            await work().ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    /// <summary>Whether there is a further entry; null when the listing failed and is to begin anew.</summary>
    private async Task<bool?> MovesAsync(IAsyncEnumerator<StorageEntry> entries, Retries retries, CancellationToken cancellationToken)
    {
        try
        {
            return await entries.MoveNextAsync().ConfigureAwait(false);
        }
        catch (StorageException failure) when (!failure.IsPermanent)
        {
            if (!await WaitAsync(retries, failure, cancellationToken).ConfigureAwait(false))
                throw;
            return null;
        }
    }
}
