using System.Runtime.CompilerServices;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Testing.Storage;

/// <summary>
/// Passes calls on to another storage, keeps a log of them, and fails where it is told to. A test runs once without a fault,
/// and then with a fault at k = 1 to <c>Calls.Count</c>.
/// </summary>
public sealed class FaultyStorage(IStorage inner) : IStorage
{
    private readonly Lock _gate = new();
    private readonly List<StorageCall> _calls = [];
    private StorageFault? _fault;
    private bool _killed;

    public StorageProperties Properties => inner.Properties;

    /// <summary>The fault in force, or null. Setting it (again) takes effect with the next call; numbers go on.</summary>
    public StorageFault? Fault
    {
        get
        {
            lock (_gate)
                return _fault;
        }

        set
        {
            lock (_gate)
            {
                _fault = value;
                _killed = false;
            }
        }
    }

    /// <summary>All calls so far, failed ones too.</summary>
    public IReadOnlyList<StorageCall> Calls
    {
        get
        {
            lock (_gate)
                return [.. _calls];
        }
    }

    internal bool Killed
    {
        get
        {
            lock (_gate)
                return _killed;
        }
    }

    /// <summary>Forgets the log; the next call has number 1.</summary>
    public void ForgetCalls()
    {
        lock (_gate)
            _calls.Clear();
    }

    public Task InitializeAsync(CancellationToken cancellationToken) =>
        RunAsync(StorageOperation.Initialize, "", () => inner.InitializeAsync(cancellationToken));

    public Task<StorageUpload> BeginPutAsync(string name, PutMode mode, CancellationToken cancellationToken) =>
        RunAsync<StorageUpload>(
            StorageOperation.BeginPut, name,
            async () => new FaultyUpload(this, await inner.BeginPutAsync(name, mode, cancellationToken)),
            upload => upload.DisposeAsync());

    public Task<Stream> OpenReadAsync(string name, long offset, long? length, CancellationToken cancellationToken) =>
        RunAsync<Stream>(
            StorageOperation.OpenRead, name,
            async () => new FaultyReadStream(this, name, await inner.OpenReadAsync(name, offset, length, cancellationToken)),
            stream => stream.DisposeAsync());

    public Task<StorageEntry?> FindAsync(string name, CancellationToken cancellationToken) =>
        RunAsync(StorageOperation.Find, name, () => inner.FindAsync(name, cancellationToken));

    public async IAsyncEnumerable<StorageEntry> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Action fail = Count(StorageOperation.List, prefix);
        await foreach (StorageEntry entry in inner.ListAsync(prefix, cancellationToken))
            yield return entry;
        fail();
    }

    public Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        RunAsync(StorageOperation.Delete, name, () => inner.DeleteAsync(name, cancellationToken));

    public Task SetPointerAsync(string name, string target, CancellationToken cancellationToken) =>
        RunAsync(StorageOperation.SetPointer, name, () => inner.SetPointerAsync(name, target, cancellationToken));

    public Task DeletePointerAsync(string name, CancellationToken cancellationToken) =>
        RunAsync(StorageOperation.DeletePointer, name, () => inner.DeletePointerAsync(name, cancellationToken));

    public async IAsyncEnumerable<UnfinishedUpload> ListUnfinishedUploadsAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Action fail = Count(StorageOperation.ListUnfinishedUploads, prefix);
        await foreach (UnfinishedUpload upload in inner.ListUnfinishedUploadsAsync(prefix, cancellationToken))
            yield return upload;
        fail();
    }

    public Task<bool> RemoveUnfinishedUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken) => RunAsync(
        StorageOperation.RemoveUnfinishedUpload, upload.Name, () => inner.RemoveUnfinishedUploadAsync(upload, cancellationToken));

    internal Task RunAsync(StorageOperation operation, string name, Func<Task> work) => RunAsync(operation, name, async () =>
    {
        await work();
        return true;
    });

    /// <summary>Counts a call, runs it, and fails before or after it; what it made is then released.</summary>
    internal async Task<T> RunAsync<T>(
        StorageOperation operation, string name, Func<Task<T>> work, Func<T, ValueTask>? release = null)
    {
        Action fail = Count(operation, name);
        T result = await work();
        try
        {
            fail();
        }
        catch when (release is not null)
        {
            await release(result);
            throw;
        }

        return result;
    }

    /// <summary>Counts a call and throws a fault that comes before it.</summary>
    /// <returns>Throws a fault that comes after it.</returns>
    internal Action Count(StorageOperation operation, string name)
    {
        StorageFault? fault;
        StorageCall call;
        bool dead;
        lock (_gate)
        {
            dead = _killed;
            call = new StorageCall(_calls.Count + 1, operation, name);
            _calls.Add(call);
            fault = _fault?.Hits(call) == true ? _fault : null;
            _killed |= fault?.LeavesUploadsBehind == true;
        }

        if (fault is null)
            return () => { };
        Exception exception = fault.Make(call);
        // What comes after a death never reaches the storage.
        return fault.Moment == FaultMoment.Before || dead ? throw exception : () => throw exception;
    }
}
