using InMidst.Backup.Core.Storage;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Core.Tests.Storage.Decorators;

/// <summary>As <see cref="RetryingStorageTests"/>, where the calls that fail had their effect.</summary>
public sealed class RetryingStorageLostAnswerTests : StorageConformance
{
    protected override Task<IStorage> CreateAsync() => Task.FromResult(RetryingStorageTests.OverFaulty(FaultMoment.After));

    protected override ValueTask CleanUpAsync() => ValueTask.CompletedTask;
}
