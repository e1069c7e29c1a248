using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using Xunit;

namespace InMidst.Backup.Testing.Storage;

public abstract partial class StorageConformance
{
    [Fact]
    public async Task An_object_is_invisible_until_it_is_complete()
    {
        await using StorageUpload upload = await Storage.BeginPutAsync("x/a", PutMode.CreateNew, None);
        await upload.WriteAsync(new byte[3_000_000], None);
        Assert.Empty(await ListAsync());
        Assert.Null(await Storage.FindAsync("x/a", None));
        await FailsAsync(ErrorIds.ObjectNotFound, () => Storage.OpenReadAsync("x/a", 0, null, None));
        await upload.CompleteAsync(None);
        Assert.Equal(["x/a"], await ListAsync());
        Assert.Equal(3_000_000, (await Storage.FindAsync("x/a", None))!.Length);
    }

    [Theory]
    [InlineData(PutMode.CreateNew)]
    [InlineData(PutMode.Replace)]
    public async Task An_abandoned_upload_leaves_nothing(PutMode mode)
    {
        await using (StorageUpload upload = await Storage.BeginPutAsync("x/a", mode, None))
            await upload.WriteAsync(new byte[3_000_000], None);
        Assert.Empty(await ListAsync());
        Assert.Equal(0, await Storage.RemoveAbandonedUploadsAsync("", None));
    }

    [Fact]
    public async Task An_abandoned_replacement_leaves_the_old_object()
    {
        await PutAsync("a", "old");
        await using (StorageUpload upload = await Storage.BeginPutAsync("a", PutMode.Replace, None))
        {
            await upload.WriteAsync(Bytes("new"), None);
            Assert.Equal("old", await ReadAsync("a"));
        }

        Assert.Equal("old", await ReadAsync("a"));
        await PutAsync("a", "new", PutMode.Replace);
        Assert.Equal("new", await ReadAsync("a"));
        Assert.Equal(["a"], await ListAsync());
    }

    [Fact]
    public async Task Disposing_twice_and_after_completion_is_harmless()
    {
        StorageUpload upload = await Storage.BeginPutAsync("a", PutMode.CreateNew, None);
        await upload.CompleteAsync(None);
        await upload.DisposeAsync();
        await upload.DisposeAsync();
        Assert.Equal(["a"], await ListAsync());
    }

    [Fact]
    public async Task What_is_complete_takes_no_more_bytes_and_cannot_be_completed_again()
    {
        await using StorageUpload upload = await Storage.BeginPutAsync("a", PutMode.CreateNew, None);
        await upload.CompleteAsync(None);
        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => upload.CompleteAsync(None));
        await Assert.ThrowsAnyAsync<InvalidOperationException>(async () => await upload.WriteAsync(Bytes("1"), None));
        Assert.Equal("", await ReadAsync("a"));
    }

    [Fact]
    public async Task A_new_object_never_overwrites()
    {
        await PutAsync("a", "first");
        await FailsForGoodAsync(ErrorIds.ObjectExists, () => PutAsync("a", "second"));
        Assert.Equal("first", await ReadAsync("a"));
    }

    [Fact]
    public async Task A_name_taken_during_the_upload_is_not_overwritten()
    {
        await using (StorageUpload upload = await Storage.BeginPutAsync("a", PutMode.CreateNew, None))
        {
            await upload.WriteAsync(Bytes("second"), None);
            await PutAsync("a", "first");
            await FailsForGoodAsync(ErrorIds.ObjectExists, () => upload.CompleteAsync(None));
        }

        Assert.Equal("first", await ReadAsync("a"));
        Assert.Equal(["a"], await ListAsync());
        Assert.Equal(0, await Storage.RemoveAbandonedUploadsAsync("", None));
    }

    [Fact]
    public async Task Of_many_writers_of_one_new_name_exactly_one_wins()
    {
        using var start = new SemaphoreSlim(0);
        Task<string?>[] writers = Enumerable.Range(0, 16).Select(i => Task.Run(() => TryWriteAsync("race", $"writer {i}", start))).ToArray();
        start.Release(writers.Length);
        string?[] winners = (await Task.WhenAll(writers)).Where(content => content is not null).ToArray();
        Assert.Equal(await ReadAsync("race"), Assert.Single(winners));
        Assert.Equal(["race"], await ListAsync());
        Assert.Equal(0, await Storage.RemoveAbandonedUploadsAsync("", None));
    }

    [Fact]
    public async Task A_reader_sees_the_old_or_the_new_object_whole_while_it_is_replaced()
    {
        const int Size = 100_000;
        await Storage.PutAsync("a", new byte[Size], PutMode.CreateNew, None);
        Task replacing = Task.Run(async () =>
        {
            for (byte i = 1; i <= 40; i++)
                await Storage.PutAsync("a", Filled(Size, i), PutMode.Replace, None);
        });
        byte last = 0;
        while (!replacing.IsCompleted || last < 40)
        {
            byte[] seen = await Storage.ReadAllBytesAsync("a", Size, None);
            Assert.Equal(Filled(Size, seen[0]), seen);
            Assert.True(seen[0] >= last);
            last = seen[0];
            Assert.Equal(Size, Assert.Single(await Storage.ListAsync("", None).ToListAsync()).Length);
            if (replacing.IsFaulted)
                await replacing;
        }

        await replacing;
    }

    [Fact]
    public async Task An_open_reader_keeps_the_object_it_opened()
    {
        await PutAsync("a", "old content");
        await using Stream stream = await Storage.OpenReadAsync("a", 0, null, None);
        byte[] start = new byte[3];
        await stream.ReadExactlyAsync(start, None);
        await PutAsync("a", "new", PutMode.Replace);
        using var rest = new StreamReader(stream);
        Assert.Equal(" content", await rest.ReadToEndAsync(None));
    }

    [Fact]
    public async Task Cancelling_a_write_or_a_completion_leaves_nothing()
    {
        var cancelled = new CancellationToken(canceled: true);
        await using (StorageUpload upload = await Storage.BeginPutAsync("a", PutMode.CreateNew, None))
        {
            await upload.WriteAsync(new byte[2_000_000], None);
            await CancelsAsync(async () => await upload.WriteAsync(new byte[2_000_000], cancelled));
        }

        await using (StorageUpload upload = await Storage.BeginPutAsync("b", PutMode.CreateNew, None))
        {
            await upload.WriteAsync(Bytes("1"), None);
            await CancelsAsync(() => upload.CompleteAsync(cancelled));
        }

        Assert.Empty(await ListAsync());
        Assert.Equal(0, await Storage.RemoveAbandonedUploadsAsync("", None));
    }

    [Fact]
    public async Task Cancelling_in_the_middle_of_many_writes_leaves_nothing()
    {
        using var cancellation = new CancellationTokenSource();
        await CancelsAsync(async () =>
        {
            await using StorageUpload upload = await Storage.BeginPutAsync("a", PutMode.CreateNew, cancellation.Token);
            while (true)
            {
                await upload.WriteAsync(new byte[700_000], cancellation.Token);
                if (upload.Length > 3_000_000)
                    await cancellation.CancelAsync();
            }
        });
        Assert.Empty(await ListAsync());
        Assert.Equal(0, await Storage.RemoveAbandonedUploadsAsync("", None));
    }

    [Fact]
    public async Task What_a_killed_process_left_is_never_listed_and_is_removed_by_prefix()
    {
        await PutAsync("app/one_1", "whole");
        await LeaveUnfinishedAsync("app/one_2");
        await LeaveUnfinishedAsync("app/one_3");
        await LeaveUnfinishedAsync("app/two_1");
        await LeaveUnfinishedAsync("app/sub/one_1");
        await LeaveUnfinishedAsync("one_1");
        Assert.Equal(["app/one_1"], await ListAsync());
        Assert.Equal(2, await Storage.RemoveAbandonedUploadsAsync("app/one_", None));
        Assert.Equal(0, await Storage.RemoveAbandonedUploadsAsync("app/one_", None));
        Assert.Equal(2, await Storage.RemoveAbandonedUploadsAsync("app/", None));
        Assert.Equal(1, await Storage.RemoveAbandonedUploadsAsync("", None));
        Assert.Equal("whole", await ReadAsync("app/one_1"));
        await PutAsync("app/one_2", "now whole");
        Assert.Equal(["app/one_1", "app/one_2"], await ListAsync());
    }

    [Fact]
    public async Task An_unfinished_upload_is_told_with_its_name_and_removed_once()
    {
        await LeaveUnfinishedAsync("app/one%41_1");
        await LeaveUnfinishedAsync("app/two_1");
        UnfinishedUpload found = Assert.Single(await Storage.ListUnfinishedUploadsAsync("app/one", None).ToListAsync());
        Assert.Equal("app/one%41_1", found.Name);
        Assert.InRange(found.Since, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        Assert.True(await Storage.RemoveUnfinishedUploadAsync(found, None));
        Assert.False(await Storage.RemoveUnfinishedUploadAsync(found, None));
        Assert.Equal("app/two_1", Assert.Single(await Storage.ListUnfinishedUploadsAsync("", None).ToListAsync()).Name);
    }

    [Fact]
    public async Task Another_content_is_another_version()
    {
        StorageEntry first = await PutAsync("a", "first");
        StorageEntry second = await PutAsync("a", "later", PutMode.Replace);
        Assert.Equal(first.Version is null, second.Version is null);
        Assert.True(first.Version is null || first.Version != second.Version);
        Assert.Equal(second, await Storage.FindAsync("a", None));
    }

    [Fact]
    public async Task Many_threads_may_work_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 24).Select(i => Task.Run(async () =>
        {
            string name = $"t{i % 5}/{i}";
            await PutAsync(name, $"content {i}");
            Assert.Equal($"content {i}", await ReadAsync(name));
            Assert.Contains(name, await ListAsync($"t{i % 5}/"));
            if (i % 2 == 1)
                await Storage.DeleteAsync(name, None);
        })));
        Assert.Equal(
            Enumerable.Range(0, 12).Select(i => $"t{i * 2 % 5}/{i * 2}").Order(StringComparer.Ordinal), await ListAsync());
    }

    private static byte[] Filled(int size, byte value)
    {
        byte[] bytes = new byte[size];
        Array.Fill(bytes, value);
        return bytes;
    }

    private async Task<string?> TryWriteAsync(string name, string content, SemaphoreSlim start)
    {
        await start.WaitAsync(None);
        try
        {
            await PutAsync(name, content);
            return content;
        }
        catch (StorageException exception) when (exception.Id == ErrorIds.ObjectExists)
        {
            return null;
        }
    }
}
