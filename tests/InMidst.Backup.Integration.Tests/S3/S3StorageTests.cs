using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Integration.Tests.S3;

/// <summary>The contract of every storage, on a real server.</summary>
public sealed class S3StorageTests(S3Fixture fixture) : StorageConformance
{
    private readonly S3Scene _scene = new(fixture);

    protected override bool RootExistsBeforeInitialize => true;

    protected override async Task<IStorage> CreateAsync() => await _scene.OpenAsync(settings: await _scene.SettingsAsync() with { Concurrency = 2 });

    protected override ValueTask CleanUpAsync()
    {
        Assert.Equal(0, _scene.Memory.Lent);
        Assert.Empty(_scene.Warnings);
        _scene.Dispose();
        return ValueTask.CompletedTask;
    }

    // What fits into one part is sent at the end only, and leaves nothing.
    protected override async Task LeaveUnfinishedAsync(string name)
    {
        S3Storage killed = await new S3Scene(fixture).OpenAsync(S3Location.Parse(Storage.Properties.Location));
        StorageUpload upload = await killed.BeginPutAsync(name, PutMode.CreateNew, None);
        await upload.WriteAsync(new byte[S3Settings.SmallestPartLength + 1], None);
    }
}
