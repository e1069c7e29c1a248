using InMidst.Backup.Core.Storage;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Core.Tests.Storage;

public sealed class MemoryStorageTests : StorageConformance
{
    protected override Task<IStorage> CreateAsync() => Task.FromResult<IStorage>(new MemoryStorage(TimeProvider.System));

    protected override ValueTask CleanUpAsync() => ValueTask.CompletedTask;
}
