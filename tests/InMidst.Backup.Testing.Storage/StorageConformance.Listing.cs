using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using Xunit;

namespace InMidst.Backup.Testing.Storage;

public abstract partial class StorageConformance
{
    [Fact]
    public async Task A_listing_is_in_ordinal_order_across_depths()
    {
        string[] names = ["a-b", "a.b", "a0", "a/b.c", "a2/z", "B", "Z/y", "_x", "%41", ".midst/locks/s/1.json", "a1/c/d/e"];
        foreach (string name in names)
            await PutAsync(name, name);
        Assert.Equal(names.Order(StringComparer.Ordinal), await ListAsync());
        Assert.All(await Storage.ListAsync("", None).ToListAsync(), entry => Assert.Equal(entry.Name.Length, entry.Length));
    }

    [Theory]
    [InlineData("", "app/one_1", "app/one_2", "app/two", "app_x", "apple/one_1", "z")]
    [InlineData("a", "app/one_1", "app/one_2", "app/two", "app_x", "apple/one_1")]
    [InlineData("app", "app/one_1", "app/one_2", "app/two", "app_x", "apple/one_1")]
    [InlineData("app/", "app/one_1", "app/one_2", "app/two")]
    [InlineData("app/one", "app/one_1", "app/one_2")]
    [InlineData("app/one_2", "app/one_2")]
    [InlineData("app_", "app_x")]
    [InlineData("app/one_1/")]
    [InlineData("none/")]
    [InlineData("none/at/all")]
    [InlineData("zz")]
    public async Task A_prefix_is_the_beginning_of_a_name_not_a_directory(string prefix, params string[] expected)
    {
        foreach (string name in new[] { "z", "app/one_2", "app/one_1", "app/two", "app_x", "apple/one_1" })
            await PutAsync(name, "1");
        Assert.Equal(expected, await ListAsync(prefix));
    }

    [Fact]
    public async Task More_objects_than_a_page_are_listed_each_once()
    {
        string[] names = Enumerable.Range(0, 1050).Select(i => $"many/{i % 7}/{i:0000}").ToArray();
        await Parallel.ForEachAsync(names, async (name, _) => await PutAsync(name, ""));
        Assert.Equal(names.Order(StringComparer.Ordinal), await ListAsync("many/"));
    }

    [Fact]
    public async Task A_listing_can_be_left_early()
    {
        await PutAsync("a", "1");
        await PutAsync("b", "1");
        await foreach (StorageEntry entry in Storage.ListAsync("", None))
        {
            Assert.Equal("a", entry.Name);
            break;
        }

        await Storage.DeleteAsync("a", None);
        Assert.Equal(["b"], await ListAsync());
    }

    [Fact]
    public async Task A_pointer_is_never_listed_never_found_and_never_written_as_an_object()
    {
        await PutAsync("app_20250101_000000.sql.gz", "one");
        await Storage.SetPointerAsync("app_latest.sql.gz", "app_20250101_000000.sql.gz", None);
        Assert.Equal(["app_20250101_000000.sql.gz"], await ListAsync());
        Assert.Null(await Storage.FindAsync("app_latest.sql.gz", None));
        await FailsForGoodAsync(ErrorIds.ObjectNotFound, () => Storage.OpenReadAsync("app_latest.sql.gz", 0, null, None));
        await FailsForGoodAsync(
            ErrorIds.InvalidArgument, () => Storage.BeginPutAsync("app_latest.sql.gz", PutMode.Replace, None));
        await Storage.DeleteAsync("app_latest.sql.gz", None);
        Assert.Equal("one", await ReadAsync("app_20250101_000000.sql.gz"));
    }

    [Fact]
    public async Task A_pointer_is_replaced_and_removed_without_touching_its_targets()
    {
        await PutAsync("x/app_1.sql", "one");
        await PutAsync("x/app_2.sql", "two");
        await Storage.SetPointerAsync("x/app_latest.sql", "x/app_1.sql", None);
        await Storage.SetPointerAsync("x/app_latest.sql", "x/app_2.sql", None);
        await Storage.DeletePointerAsync("x/app_latest.sql", None);
        await Storage.DeletePointerAsync("x/app_latest.sql", None);
        await Storage.DeletePointerAsync("none/app_latest.sql", None);
        Assert.Equal(["x/app_1.sql", "x/app_2.sql"], await ListAsync());
        Assert.Equal("two", await ReadAsync("x/app_2.sql"));
    }

    [Fact]
    public async Task A_pointer_needs_a_pointers_name_and_a_target_beside_it()
    {
        await PutAsync("x/app_1.sql", "one");
        await FailsForGoodAsync(ErrorIds.InvalidArgument, () => Storage.SetPointerAsync("x/app.sql", "x/app_1.sql", None));
        await FailsForGoodAsync(ErrorIds.InvalidArgument, () => Storage.SetPointerAsync("app_latest.sql", "x/app_1.sql", None));
        await FailsForGoodAsync(ErrorIds.InvalidArgument, () => Storage.DeletePointerAsync("x/app_1.sql", None));
        if (Storage.Properties.SupportsPointers)
        {
            await FailsForGoodAsync(
                ErrorIds.ObjectNotFound, () => Storage.SetPointerAsync("x/app_latest.sql", "x/app_9.sql", None));
        }
    }
}
