using InMidst.Backup.Core.Storage;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Core.Tests.Storage;

public sealed class GroupingMemoryStorageTests : StorageConformance
{
    protected override Task<IStorage> CreateAsync() =>
        Task.FromResult<IStorage>(new MemoryStorage(TimeProvider.System, groupsByDatabase: true));

    protected override ValueTask CleanUpAsync() => ValueTask.CompletedTask;
}
