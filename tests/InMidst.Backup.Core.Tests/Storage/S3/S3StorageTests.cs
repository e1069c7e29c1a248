using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Core.Tests.Storage.S3;

/// <summary>The contract of every storage on a server that behaves as AWS says, with short pages.</summary>
public sealed class S3StorageTests : StorageConformance
{
    private readonly List<FakeScene> _scenes = [];

    protected override bool RootExistsBeforeInitialize => true;

    protected override async Task<IStorage> CreateAsync()
    {
        var scene = new FakeScene(new FakeS3Server(TimeProvider.System) { PageLength = 2 });
        _scenes.Add(scene);
        return await scene.OpenAsync(FakeScene.Settings with { Concurrency = 2 });
    }

    protected override ValueTask CleanUpAsync()
    {
        foreach (FakeScene scene in _scenes)
        {
            Assert.Empty(scene.Warnings);
            scene.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    protected override async Task LeaveUnfinishedAsync(string name)
    {
        StorageUpload upload = await Storage.BeginPutAsync(name, PutMode.CreateNew, None);
        await upload.WriteAsync(new byte[S3Settings.SmallestPartLength + 1], None);
    }
}
