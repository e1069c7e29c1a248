using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Core.Tests.Storage.Decorators;

/// <summary>The contract of a directory as cmdlets open it, and which of its failures are waited for.</summary>
public sealed class DirectoryRetriesTests : StorageConformance
{
    private readonly List<TemporaryDirectory> _roots = [];
    private readonly List<string> _notices = [];

    protected override Task<IStorage> CreateAsync() => Task.FromResult(DirectoryRetries.Around(NewDirectory(), TimeProvider.System, _notices.Add));

    protected override ValueTask CleanUpAsync()
    {
        _roots.ForEach(root => root.Dispose());
        return ValueTask.CompletedTask;
    }

    // A file that is open belongs to somebody who lives.
    protected override async Task LeaveUnfinishedAsync(string name)
    {
        string path = Path.Combine(_roots[^1].Path, "repository", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(
            Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}{StorageName.TemporarySuffix}"), "half");
    }

    [Fact]
    public async Task Failures_of_a_network_are_tried_again_and_told_once()
    {
        var faulty = new FaultyStorage(NewDirectory());
        IStorage storage = DirectoryRetries.Around(faulty, TimeProvider.System, _notices.Add);
        await storage.InitializeAsync(None);
        foreach (int code in OperatingSystem.IsWindows() ? [64 | -0x7FF90000] : new[] { 5 }.Concat(OperatingSystem.IsLinux() ? [116, 110] : [70, 60]))
        {
            int left = 2;
            faulty.Fault = new StorageFault(call => call.Operation == StorageOperation.Complete && left-- > 0, Failure: _ => Translated(new IOException("lost", code)));
            await storage.PutAsync("a", Bytes("content"), PutMode.Replace, None);
            left = 2;
            faulty.Fault = new StorageFault(call => call.Operation == StorageOperation.Read && left-- > 0, Failure: _ => Translated(new IOException("lost", code)));
            Assert.Equal("content"u8.ToArray(), await storage.ReadAllBytesAsync("a", 100, None));
            await using Stream stream = await storage.OpenReadAsync("a", 0, null, None);
            left = 1;
            Assert.Equal((byte)'c', stream.ReadByte());
            Assert.Equal(3, _notices.Count);
            _notices.Clear();
        }
    }

    [Fact]
    public async Task What_else_a_file_system_says_is_told_at_once()
    {
        var faulty = new FaultyStorage(NewDirectory());
        IStorage storage = DirectoryRetries.Around(faulty, TimeProvider.System, _notices.Add);
        await storage.InitializeAsync(None);
        foreach (StorageException failure in (StorageException[])[Translated(new IOException("odd", 5000)), Translated(new IOException("busy", 16)), new(ErrorIds.RepositoryUnavailable, "other", isPermanent: false)])
        {
            faulty.ForgetCalls();
            faulty.Fault = new StorageFault(call => call.Operation == StorageOperation.Find, Failure: _ => failure);
            await FailsAsync(ErrorIds.RepositoryUnavailable, () => storage.FindAsync("a", None));
            Assert.Single(faulty.Calls);
        }

        Assert.Empty(_notices);
    }

    private static StorageException Translated(IOException exception) => DiskErrors.Translate("/root", "a", exception);

    private DiskStorage NewDirectory()
    {
        _roots.Add(new TemporaryDirectory());
        return new DiskStorage(Path.Combine(_roots[^1].Path, "repository"));
    }
}
