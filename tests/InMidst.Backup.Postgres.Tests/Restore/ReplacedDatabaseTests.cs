using System.Text;
using InMidst.Backup.Postgres.Restore;

namespace InMidst.Backup.Postgres.Tests.Restore;

public sealed class ReplacedDatabaseTests
{
    private static readonly DateTimeOffset Time = new(2026, 2, 6, 4, 5, 6, TimeSpan.FromHours(2));

    [Theory]
    [InlineData("crm", "crm_replaced_20260206_020506")]
    [InlineData("a-name-of-sixty-three-bytes-01234567890123456789012345678901234", "a-name-of-sixty-three-bytes-0123456789_replaced_20260206_020506")]
    [InlineData("数据库数据库数据库数据库数据库", "数据库数据库数据库数据库_replaced_20260206_020506")]
    [InlineData("😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀", "😀😀😀😀😀😀😀😀😀_replaced_20260206_020506")]
    public void The_name_it_is_kept_under_is_not_longer_than_a_name_may_be_and_cut_between_characters(string target, string kept)
    {
        string name = ReplacedDatabase.KeptName(target, Time, 63);
        Assert.Equal(kept, name);
        Assert.InRange(Encoding.UTF8.GetByteCount(name), 1, 63);
    }
}
