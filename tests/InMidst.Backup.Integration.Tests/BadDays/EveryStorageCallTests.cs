using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Testing;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>
/// The storage fails, or our process dies, at each single call of a whole backup. What follows must always be a whole backup or none,
/// and after the next run nothing of the bad day is left.
/// </summary>
public abstract class EveryStorageCallTests(PostgresFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected async Task AfterAFaultAtEveryCallAsync(bool grouped, Func<int, StorageFault> faultAt)
    {
        PostgresServer server = fixture.Server;
        using BackupScene scene = await BackupScene.CreateAsync(server, "CREATE TABLE t AS SELECT i FROM generate_series(1, 10) i");
        FakePrograms programs = await FakePrograms.ReplayAsync(scene.Sub("bin"), server, scene.Database);
        DumpOptions options = scene.Options with { BinDirectories = programs.Directories };
        for (int k = 1; ; k++)
        {
            var memory = new MemoryStorage(TimeProvider.System, grouped);
            var storage = new FaultyStorage(memory) { Fault = faultAt(k) };
            BackupRecord? first = await TryAsync(scene, options, storage);
            if (storage.Calls.Count < k)
            {
                Assert.True(k > 40, $"A backup took {storage.Calls.Count} calls only.");
                return;
            }

            StorageCall call = storage.Calls[k - 1];
            storage.Fault = null;
            await CheckAsync(scene, options, memory, storage, first, call);
        }
    }

    private static async Task CheckAsync(
        BackupScene scene, DumpOptions options, MemoryStorage memory, FaultyStorage storage, BackupRecord? first, StorageCall call)
    {
        IReadOnlyList<BackupRecord> listed = memory.IsInitialized ? await BackupScene.ListWholeAsync(memory) : [];
        Assert.True(listed.Count <= 1 && (first is null || listed.Count == 1), $"After a fault at {call} {listed.Count} backups are listed.");
        BackupRecord second = await scene.RunAsync(options, storage);
        IReadOnlyList<BackupRecord> after = await BackupScene.ListWholeAsync(memory);
        Assert.Equal(listed.Select(b => b.Id).Append(second.Id).Order(), after.Select(b => b.Id).Order());
        string[] objects = [.. (await memory.ListAsync("", Token).ToListAsync(Token)).Select(e => e.Name)];
        string[] expected = [.. after.SelectMany(b => b.Manifest!.Objects.Select(o => o.Name).Append(b.Data.Name + BackupName.ManifestSuffix))];
        Assert.True(expected.Order(StringComparer.Ordinal).SequenceEqual(objects), $"After a fault at {call} there is: {string.Join(", ", objects)}");
        Assert.True(memory.UnfinishedUploads == 0, $"After a fault at {call} {memory.UnfinishedUploads} uploads are left.");
        if (memory.Properties.SupportsPointers)
            Assert.Equal(second.Data.Name, Assert.Single(memory.Pointers).Value);
    }

    private static async Task<BackupRecord?> TryAsync(BackupScene scene, DumpOptions options, FaultyStorage storage)
    {
        try
        {
            return await scene.RunAsync(options, storage);
        }
        catch (StorageException)
        {
            return null;
        }
    }
}

/// <summary>The call does nothing and fails.</summary>
public sealed class FaultBeforeEveryStorageCallTests(PostgresFixture fixture) : EveryStorageCallTests(fixture)
{
    [Fact]
    public Task One_call_fails() => AfterAFaultAtEveryCallAsync(grouped: false, k => StorageFault.At(k));
}

/// <summary>The call does its work, and its answer is lost.</summary>
public sealed class FaultAfterEveryStorageCallTests(PostgresFixture fixture) : EveryStorageCallTests(fixture)
{
    [Fact]
    public Task One_answer_is_lost() => AfterAFaultAtEveryCallAsync(grouped: true, k => StorageFault.At(k, FaultMoment.After));
}

/// <summary>From the call on the process is no more.</summary>
public sealed class DeathAtEveryStorageCallTests(PostgresFixture fixture) : EveryStorageCallTests(fixture)
{
    [Theory]
    [InlineData(FaultMoment.Before)]
    [InlineData(FaultMoment.After)]
    public Task The_process_is_killed(FaultMoment moment) =>
        AfterAFaultAtEveryCallAsync(grouped: moment == FaultMoment.Before, k => StorageFault.KillAt(k, moment));

    [Fact]
    public Task The_storage_is_gone_for_the_rest_of_the_run() => AfterAFaultAtEveryCallAsync(grouped: false, k => StorageFault.From(k));
}
