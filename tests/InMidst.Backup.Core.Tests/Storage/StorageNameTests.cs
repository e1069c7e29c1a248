using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Tests.Storage;

public sealed class StorageNameTests
{
    [Theory]
    [InlineData("app_latest.sql.gz", true)]
    [InlineData("x/y/app_latest.sql", true)]
    [InlineData("app_latest.sql.gz.age", true)]
    [InlineData("x_latest_latest.rdb", true)]
    [InlineData("_latest.sql", false)]
    [InlineData("latest.sql", false)]
    [InlineData("app_latest", false)]
    [InlineData("app_latest.", false)]
    [InlineData("app_latest.sql.", false)]
    [InlineData("app_latest_20250101_000000.sql.gz", false)]
    [InlineData("app_latest.x_20250101_000000.sql.gz", false)]
    [InlineData("app_latest.sql/part", false)]
    [InlineData("app_20250101_000000.sql.gz", false)]
    public void A_pointer_is_known_by_its_name_and_no_dump_of_any_database_looks_like_one(string name, bool expected) =>
        Assert.Equal(expected, StorageName.IsPointer(name));

    [Theory]
    [InlineData("a")]
    [InlineData(".midst/locks/x/1.json")]
    [InlineData("...a/..b")]
    [InlineData("%41%2f-_.A0")]
    public void Ordinary_names_are_valid(string name) => Assert.True(StorageName.IsValid(name));

    [Fact]
    public void A_name_longer_than_a_key_may_be_is_not_valid()
    {
        string longest = string.Concat(Enumerable.Repeat("abcdefg/", 127)) + "abcdefgh";
        Assert.Equal(StorageName.MaxLength, longest.Length);
        Assert.True(StorageName.IsValid(longest));
        Assert.False(StorageName.IsValid(longest + "i"));
    }
}
