using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Restore;

namespace InMidst.Backup.Postgres.Tests.Restore;

public sealed class CreateDatabaseStatementTests
{
    private static readonly DatabaseProperties Plain = new()
    {
        Encoding = "UTF8", LocaleProvider = "libc", Collate = "C.UTF-8", CType = "de_DE.UTF-8", Monetary = "C", Owner = "owner", Tablespace = "pg_default",
    };

    [Theory]
    [InlineData(14, "CREATE DATABASE \"app\" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'de_DE.UTF-8'")]
    [InlineData(15, "CREATE DATABASE \"app\" TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LC_COLLATE 'C.UTF-8' LC_CTYPE 'de_DE.UTF-8'")]
    public void A_plain_database(int major, string expected)
    {
        Assert.Equal(expected, CreateDatabaseStatement.Create("app", Plain, major));
    }

    [Fact]
    public void A_database_with_a_locale_of_its_own()
    {
        DatabaseProperties icu = Plain with { LocaleProvider = "icu", Locale = "de-DE", IcuRules = "&a<'b'" };
        Assert.EndsWith(" LOCALE_PROVIDER icu LC_COLLATE 'C.UTF-8' LC_CTYPE 'de_DE.UTF-8' ICU_LOCALE 'de-DE'",
            CreateDatabaseStatement.Create("app", icu, 15), StringComparison.Ordinal);
        Assert.EndsWith(" ICU_LOCALE 'de-DE' ICU_RULES '&a<''b'''", CreateDatabaseStatement.Create("app", icu, 16), StringComparison.Ordinal);
        DatabaseProperties builtin = Plain with { LocaleProvider = "builtin", Locale = "C.UTF-8" };
        Assert.EndsWith(" LOCALE_PROVIDER builtin LC_COLLATE 'C.UTF-8' LC_CTYPE 'de_DE.UTF-8' BUILTIN_LOCALE 'C.UTF-8'",
            CreateDatabaseStatement.Create("app", builtin, 17), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_are_quoted()
    {
        DatabaseProperties odd = Plain with { Tablespace = "fa\"st", Owner = "o'w\"ner", Comment = "it's\n\\ a comment" };
        string create = CreateDatabaseStatement.Create("my \"app\"", odd, 14);
        Assert.StartsWith("CREATE DATABASE \"my \"\"app\"\"\" ", create, StringComparison.Ordinal);
        Assert.EndsWith(" TABLESPACE \"fa\"\"st\"", create, StringComparison.Ordinal);
        Assert.Equal(
            [
                "ALTER DATABASE \"my \"\"app\"\"\" OWNER TO \"o'w\"\"ner\"",
                "COMMENT ON DATABASE \"my \"\"app\"\"\" IS E'it''s\n\\\\ a comment'",
            ],
            CreateDatabaseStatement.Finish("my \"app\"", odd));
    }

    [Fact]
    public void Privileges_and_limit_come_last()
    {
        DatabaseProperties p = Plain with
        {
            Privileges = ["REVOKE ALL ON DATABASE {database} FROM PUBLIC", "GRANT CONNECT ON DATABASE {database} TO reader"], ConnectionLimit = 0,
        };
        Assert.Equal(
            [
                "ALTER DATABASE \"app\" OWNER TO \"owner\"",
                "REVOKE ALL ON DATABASE \"app\" FROM PUBLIC",
                "GRANT CONNECT ON DATABASE \"app\" TO reader",
                "ALTER DATABASE \"app\" CONNECTION LIMIT 0",
            ],
            CreateDatabaseStatement.Finish("app", p));
    }

    [Theory]
    [InlineData("search_path=\"$user\", public", "\"search_path\" TO '$user', 'public'")]
    [InlineData("search_path=\"\"", "\"search_path\" TO ''")]
    [InlineData("search_path=", "\"search_path\" TO ''")]
    [InlineData("search_path=\"a, b\", \"c\"\"d\", \"it's\"", "\"search_path\" TO 'a, b', 'c\"d', 'it''s'")]
    [InlineData("Search_Path=a,b", "\"Search_Path\" TO 'a', 'b'")]
    [InlineData("temp_tablespaces=fast, \"Slow\"", "\"temp_tablespaces\" TO 'fast', 'Slow'")]
    [InlineData("session_preload_libraries=\"/usr/lib/a b.so\", auto_explain", "\"session_preload_libraries\" TO '/usr/lib/a b.so', 'auto_explain'")]
    [InlineData("work_mem=8MB", "\"work_mem\" TO '8MB'")]
    [InlineData("DateStyle=ISO, DMY", "\"DateStyle\" TO 'ISO, DMY'")]
    [InlineData("application_name=", "\"application_name\" TO ''")]
    [InlineData("my.setting=a=b", "\"my\".\"setting\" TO 'a=b'")]
    [InlineData("my.setting=it's \\ \"quoted\"", "\"my\".\"setting\" TO E'it''s \\\\ \"quoted\"'")]
    public void A_setting_is_given_as_it_was(string setting, string expected)
    {
        DatabaseProperties p = Plain with { Settings = [setting], RoleSettings = [new RoleSetting("re\"ader", setting)] };
        Assert.Equal(
            [$"ALTER DATABASE \"a'pp\" SET {expected}", $"ALTER ROLE \"re\"\"ader\" IN DATABASE \"a'pp\" SET {expected}"],
            CreateDatabaseStatement.Settings("a'pp", p));
    }
}
