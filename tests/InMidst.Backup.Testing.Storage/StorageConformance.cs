using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using Xunit;

namespace InMidst.Backup.Testing.Storage;

/// <summary>The contract of <see cref="IStorage"/> as tests. A driver's test class derives from it and makes the storage.</summary>
public abstract partial class StorageConformance : IAsyncLifetime
{
    private IStorage? _storage;

    /// <summary>The storage under test, initialized, empty.</summary>
    protected IStorage Storage => _storage ?? throw new InvalidOperationException("The test has not been initialized.");

    /// <summary>False where <see cref="IStorage.InitializeAsync"/> makes the root (a directory), true where it was there (a bucket).</summary>
    protected virtual bool RootExistsBeforeInitialize => false;

    protected static CancellationToken None => CancellationToken.None;

    public async ValueTask InitializeAsync()
    {
        _storage = await CreateAsync();
        await _storage.InitializeAsync(None);
    }

    public async ValueTask DisposeAsync()
    {
        await CleanUpAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes a new storage on a root of its own that has not been initialized.</summary>
    protected abstract Task<IStorage> CreateAsync();

    /// <summary>Removes the roots that <see cref="CreateAsync"/> made.</summary>
    protected abstract ValueTask CleanUpAsync();

    /// <summary>Leaves behind what a process leaves that is killed while it writes this object.</summary>
    protected virtual async Task LeaveUnfinishedAsync(string name)
    {
        StorageUpload upload = await Storage.BeginPutAsync(name, PutMode.CreateNew, None);
        await upload.WriteAsync(Bytes("half"), None);
    }

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected Task<StorageEntry> PutAsync(string name, string content, PutMode mode = PutMode.CreateNew) =>
        Storage.PutAsync(name, Bytes(content), mode, None);

    protected async Task<string> ReadAsync(string name, long offset = 0, long? length = null)
    {
        await using Stream stream = await Storage.OpenReadAsync(name, offset, length, None);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(None);
    }

    protected async Task<string[]> ListAsync(string prefix = "") =>
        (await Storage.ListAsync(prefix, None).ToListAsync()).Select(entry => entry.Name).ToArray();

    protected static async Task<StorageException> FailsAsync(ErrorId id, Func<Task> action)
    {
        StorageException exception = await Assert.ThrowsAsync<StorageException>(action);
        Assert.Equal(id, exception.Id);
        return exception;
    }

    protected static async Task FailsForGoodAsync(ErrorId id, Func<Task> action) =>
        Assert.True((await FailsAsync(id, action)).IsPermanent);

    [Fact]
    public async Task A_root_is_made_once_and_making_it_again_harms_nothing()
    {
        IStorage storage = await CreateAsync();
        await storage.InitializeAsync(None);
        await storage.PutAsync("a", Bytes("1"), PutMode.CreateNew, None);
        await storage.InitializeAsync(None);
        Assert.NotNull(await storage.FindAsync("a", None));
    }

    [Fact]
    public async Task A_missing_root_is_said_to_be_missing_and_never_made_by_a_write()
    {
        IStorage storage = await CreateAsync();
        if (RootExistsBeforeInitialize)
        {
            Assert.Empty(await storage.ListAsync("", None).ToListAsync());
            return;
        }

        await FailsForGoodAsync(ErrorIds.RepositoryNotFound, async () => await storage.ListAsync("", None).ToListAsync());
        await FailsForGoodAsync(ErrorIds.RepositoryNotFound, () => storage.OpenReadAsync("a", 0, null, None));
        await FailsForGoodAsync(ErrorIds.RepositoryNotFound, () => storage.FindAsync("a", None));
        await FailsForGoodAsync(ErrorIds.RepositoryNotFound, () => storage.BeginPutAsync("a", PutMode.Replace, None));
        await FailsForGoodAsync(ErrorIds.RepositoryNotFound, () => storage.DeleteAsync("a", None));
    }

    [Fact]
    public async Task An_object_is_read_as_it_was_written()
    {
        StorageEntry completed = await PutAsync("app/one.txt", "content");
        Assert.Equal("app/one.txt", completed.Name);
        Assert.Equal(7, completed.Length);
        Assert.Equal(TimeSpan.Zero, completed.LastModified.Offset);
        Assert.Equal("content", await ReadAsync("app/one.txt"));
        Assert.Equal(completed, await Storage.FindAsync("app/one.txt", None));
        Assert.Equal([completed], await Storage.ListAsync("", None).ToListAsync());
    }

    [Fact]
    public async Task An_empty_object_is_an_object()
    {
        Assert.Equal(0, (await PutAsync("empty", "")).Length);
        Assert.Equal("", await ReadAsync("empty"));
        Assert.Equal("", await ReadAsync("empty", 5, 5));
        Assert.Equal(["empty"], await ListAsync());
    }

    [Fact]
    public async Task A_large_object_written_in_uneven_pieces_is_read_back_whole()
    {
        byte[] content = new byte[20_000_000];
        new Random(7).NextBytes(content);
        await using (StorageUpload upload = await Storage.BeginPutAsync("large", PutMode.CreateNew, None))
        {
            int position = 0;
            for (int size = 1; position < content.Length; size = (size * 3) + 1)
            {
                int count = Math.Min(Math.Min(size, 3_000_000), content.Length - position);
                byte[] piece = content.AsSpan(position, count).ToArray();
                await upload.WriteAsync(piece, None);
                Array.Clear(piece); // the buffer is the caller's again
                position += count;
                Assert.Equal(position, upload.Length);
            }

            Assert.Equal(content.Length, (await upload.CompleteAsync(None)).Length);
        }

        Assert.Equal(content, await Storage.ReadAllBytesAsync("large", content.Length, None));
        await using Stream middle = await Storage.OpenReadAsync("large", 9_999_999, 4_000_000, None);
        byte[] range = new byte[4_000_000];
        await middle.ReadExactlyAsync(range, None);
        Assert.Equal(content[9_999_999..13_999_999], range);
        Assert.Equal(0, await middle.ReadAsync(range, None));
    }

    [Theory]
    [InlineData(0, null, "0123456789")]
    [InlineData(3, null, "3456789")]
    [InlineData(3, 4L, "3456")]
    [InlineData(0, 10L, "0123456789")]
    [InlineData(8, 10L, "89")]
    [InlineData(3, 0L, "")]
    [InlineData(0, 0L, "")]
    [InlineData(10, null, "")]
    [InlineData(10, 1L, "")]
    [InlineData(11, 5L, "")]
    [InlineData(1_000_000_000_000, null, "")]
    public async Task A_range_is_cut_at_the_end_of_the_object(long offset, long? length, string expected)
    {
        await PutAsync("digits", "0123456789");
        Assert.Equal(expected, await ReadAsync("digits", offset, length));
    }

    [Fact]
    public async Task A_missing_object_is_not_found()
    {
        await PutAsync("here/a", "1");
        foreach (string name in new[] { "none", "here", "here/b", "none/a", "here/a/b" })
        {
            Assert.Null(await Storage.FindAsync(name, None));
            await FailsForGoodAsync(ErrorIds.ObjectNotFound, () => Storage.OpenReadAsync(name, 0, null, None));
        }
    }

    [Fact]
    public async Task A_deleted_object_is_gone_and_deleting_again_is_no_error()
    {
        await PutAsync("x/a", "1");
        await PutAsync("x/b", "2");
        await Storage.DeleteAsync("x/a", None);
        await Storage.DeleteAsync("x/a", None);
        await Storage.DeleteAsync("x", None);
        await Storage.DeleteAsync("y/z", None);
        Assert.Null(await Storage.FindAsync("x/a", None));
        Assert.Equal(["x/b"], await ListAsync());
        await PutAsync("x/a", "again");
        Assert.Equal("again", await ReadAsync("x/a"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../a")]
    [InlineData("a/../b")]
    [InlineData("a/./b")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("a\\b")]
    [InlineData("C:a")]
    [InlineData("a b")]
    [InlineData("a\0")]
    [InlineData("a\n")]
    [InlineData("ä")]
    [InlineData("a.")]
    [InlineData(".a.00000000000000000000000000000000.midst-tmp")]
    [InlineData("x.midst-tmp/a")]
    public async Task A_name_that_could_lead_elsewhere_is_refused_by_every_call(string name)
    {
        await PutAsync("a_target", "1");
        await FailsForGoodAsync(ErrorIds.InvalidArgument, () => Storage.BeginPutAsync(name, PutMode.Replace, None));
        await FailsForGoodAsync(ErrorIds.InvalidArgument, () => Storage.OpenReadAsync(name, 0, null, None));
        await FailsForGoodAsync(ErrorIds.InvalidArgument, () => Storage.FindAsync(name, None));
        await FailsForGoodAsync(ErrorIds.InvalidArgument, () => Storage.DeleteAsync(name, None));
        await FailsForGoodAsync(ErrorIds.InvalidArgument, () => Storage.SetPointerAsync(name, "a_target", None));
        await FailsForGoodAsync(ErrorIds.InvalidArgument, () => Storage.SetPointerAsync("a_latest.sql", name, None));
        await FailsForGoodAsync(ErrorIds.InvalidArgument, () => Storage.DeletePointerAsync(name, None));
    }

    [Theory]
    [InlineData("../")]
    [InlineData("a/../")]
    [InlineData("/")]
    [InlineData("a b")]
    public async Task A_prefix_that_could_lead_elsewhere_is_refused(string prefix)
    {
        await FailsForGoodAsync(ErrorIds.InvalidArgument, () => ListAsync(prefix));
        await FailsForGoodAsync(ErrorIds.InvalidArgument, () => Storage.RemoveAbandonedUploadsAsync(prefix, None));
    }

    [Fact]
    public async Task A_segment_may_be_as_long_as_file_systems_allow()
    {
        string name = "p/" + new string('x', StorageName.MaxSegmentLength);
        await PutAsync(name, "1");
        await PutAsync(name, "2", PutMode.Replace);
        Assert.Equal("2", await ReadAsync(name));
        await FailsForGoodAsync(ErrorIds.InvalidArgument, () => PutAsync(name + "x", "1"));
    }

    [Fact]
    public async Task A_cancelled_token_stops_every_call()
    {
        await PutAsync("a", "1");
        var cancelled = new CancellationToken(canceled: true);
        await CancelsAsync(() => Storage.InitializeAsync(cancelled));
        await CancelsAsync(() => Storage.BeginPutAsync("b", PutMode.CreateNew, cancelled));
        await CancelsAsync(() => Storage.OpenReadAsync("a", 0, null, cancelled));
        await CancelsAsync(() => Storage.FindAsync("a", cancelled));
        await CancelsAsync(async () => await Storage.ListAsync("", cancelled).ToListAsync());
        await CancelsAsync(() => Storage.DeleteAsync("a", cancelled));
        await CancelsAsync(() => Storage.RemoveAbandonedUploadsAsync("", cancelled));
        Assert.Equal(["a"], await ListAsync());
    }

    protected static async Task CancelsAsync(Func<Task> action) => await Assert.ThrowsAnyAsync<OperationCanceledException>(action);
}
