using InMidst.Backup.Core.Storage;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Core.Tests.Storage.Decorators;

public sealed class ConcurrencyLimitedStorageTests : StorageConformance
{
    private readonly List<ConcurrencyLimitedStorage> _made = [];

    // One at a time is the hardest: whoever held on to it while he calls again would wait for ever.
    protected override Task<IStorage> CreateAsync()
    {
        var storage = new ConcurrencyLimitedStorage(new MemoryStorage(TimeProvider.System), 1);
        _made.Add(storage);
        return Task.FromResult<IStorage>(storage);
    }

    protected override ValueTask CleanUpAsync()
    {
        _made.ForEach(storage => storage.Dispose());
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task No_more_calls_than_the_limit_reach_the_storage_at_once()
    {
        using var gate = new GatedStorage(new MemoryStorage(TimeProvider.System));
        using var storage = new ConcurrencyLimitedStorage(gate, 2);
        await storage.InitializeAsync(None);
        Task[] calls = [.. Enumerable.Range(0, 5).Select(_ => (Task)storage.FindAsync("a", None))];
        for (int ended = 0; ended < calls.Length; ended++)
        {
            Assert.Equal(Math.Min(2, calls.Length - ended), await gate.InsideAsync(Math.Min(2, calls.Length - ended)));
            gate.LetOneOut();
            while (calls.Count(call => call.IsCompleted) <= ended)
                await Task.Yield();
        }

        await Task.WhenAll(calls);
        Assert.Equal(2, gate.MostInside);
    }

    /// <summary>Keeps who looks for an object inside until let out.</summary>
    private sealed class GatedStorage(IStorage inner) : StorageDecorator(inner), IDisposable
    {
        private readonly SemaphoreSlim _exit = new(0);
        private int _inside;

        public int MostInside { get; private set; }

        public void Dispose() => _exit.Dispose();

        public void LetOneOut() => _exit.Release();

        public async Task<int> InsideAsync(int expected)
        {
            while (Volatile.Read(ref _inside) < expected)
                await Task.Yield();
            return Volatile.Read(ref _inside);
        }

        public override async Task<StorageEntry?> FindAsync(string name, CancellationToken cancellationToken)
        {
            MostInside = Math.Max(MostInside, Interlocked.Increment(ref _inside));
            await _exit.WaitAsync(cancellationToken);
            Interlocked.Decrement(ref _inside);
            return null;
        }
    }
}
