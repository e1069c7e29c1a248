using System.Text;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Tests.Format;

public sealed class BackupNameTests
{
    private static readonly DateTimeOffset Time = new(2025, 12, 31, 23, 59, 58, TimeSpan.Zero);

    public static TheoryData<string> OddNames =>
    [
        "app", "App", "APP", "my app", "ünï", "日本語", "😀", "a.b", ".a", "a.", ".", "..", "...", "a..", "-", "_", "redis", "Redis", "redis2",
        "%72edis", "%", "100%", "a%20b", "a/b", "a\\b", "\"quoted\"", "a\nb", "a\u007fb", "app_20250101_000000", "app_20250101_000000_2",
        "app_latest", "app.sql", "app.sql.gz", "app.globals", "x.globals.sql", "a.midst-tmp", ".midst-tmp", ".midst", "a+b", "a=b", "\ufffe",
        "\u202edlrow", new string('a', 63), new string('Ä', 31), new string('語', 21),
    ];

    [Theory]
    [MemberData(nameof(OddNames))]
    public void A_name_comes_back_from_its_encoding(string database)
    {
        Assert.Equal(database, BackupName.Decode(BackupName.Encode(database)));
    }

    [Theory]
    [MemberData(nameof(OddNames))]
    public void All_objects_of_a_database_have_names_a_storage_takes(string database)
    {
        foreach (bool grouped in (bool[])[false, true])
        {
            string prefix = BackupName.Prefix(new StorageProperties("memory:", grouped, !grouped), database);
            string dump = prefix + BackupName.Id(database, Time, 12) + ".sql.zst";
            foreach (string name in (string[])[dump, dump + BackupName.ManifestSuffix, dump + BackupName.ProofSuffix, BackupName.Globals(dump)])
                StorageName.ValidateForWriting(name);

            string pointer = prefix + BackupName.Latest(database, ".sql.zst");
            StorageName.ValidatePointer(pointer, dump);
        }
    }

    [Theory]
    [MemberData(nameof(OddNames))]
    public void An_id_tells_database_and_time(string database)
    {
        foreach (int attempt in (int[])[1, 2, 10])
        {
            string name = BackupName.Id(database, Time, attempt) + ".sql.gz";
            Assert.True(BackupName.IsDump(name));
            Assert.True(BackupName.TryParseId(BackupName.IdOf("some/prefix/" + name), out string found, out DateTimeOffset started));
            Assert.Equal(database, found);
            Assert.Equal(Time, started);
            Assert.Equal(TimeSpan.Zero, started.Offset);
        }
    }

    [Fact]
    public void Different_names_differ_even_where_case_does_not_count()
    {
        string[] encoded = [.. OddNames.Select(row => BackupName.Encode(row.Data))];
        Assert.Equal(encoded.Length, encoded.Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    [Fact]
    public void Names_of_one_byte_differ_from_each_other()
    {
        string[] names = [.. Enumerable.Range(1, 127).Select(b => BackupName.Encode(Encoding.ASCII.GetString([(byte)b])))];
        Assert.Equal(127, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(names, name => Assert.Matches(@"^([a-z0-9_-]|%[0-9A-F]{2})\z", name));
    }

    [Fact]
    public void Usual_names_stay_readable()
    {
        Assert.Equal("my_app-2.test", BackupName.Encode("my_app-2.test"));
        Assert.Equal("%46oo%20%C3%A9", BackupName.Encode("Foo é"));
        Assert.Equal("%72edis", BackupName.Encode("redis"));
        Assert.Equal("app_20251231_235958", BackupName.Id("app", Time, 1));
        Assert.Equal("app_20251231_235958_2", BackupName.Id("app", Time.ToOffset(TimeSpan.FromHours(5)), 2));
    }

    [Fact]
    public void A_database_whose_name_begins_like_anothers_keeps_its_own_backups()
    {
        string app = BackupName.Id("app", Time, 1);
        string other = BackupName.Id("app_20251231_235958", Time, 1);
        Assert.StartsWith(app, other, StringComparison.Ordinal);
        Assert.True(BackupName.TryParseId(other, out string database, out _));
        Assert.Equal("app_20251231_235958", database);
        Assert.True(BackupName.TryParseId(app, out database, out _));
        Assert.Equal("app", database);
    }

    [Theory]
    [InlineData("app")]
    [InlineData("app_2025")]
    [InlineData("app_20251231")]
    [InlineData("app_20251231_2359")]
    [InlineData("app_20251331_235958")]
    [InlineData("app_20251231_246060")]
    [InlineData("_20251231_235958")]
    [InlineData("app_20251231_235958_")]
    [InlineData("app_20251231_235958_x")]
    [InlineData("app_20251231_235958\n")]
    [InlineData("app_٢٠٢٥١٢٣١_٢٣٥٩٥٨")]
    [InlineData("")]
    public void Other_ids_are_not_understood(string id)
    {
        Assert.False(BackupName.TryParseId(id, out string database, out _));
        Assert.Equal("", database);
    }

    [Theory]
    [InlineData("a.sql", true)]
    [InlineData("a.sql.gz", true)]
    [InlineData("a.sql.zst", true)]
    [InlineData("db/a.sql.gz", true)]
    [InlineData("a.sql.gz.manifest.json", false)]
    [InlineData("a.sql.gz.verification.json", false)]
    [InlineData("a.globals.sql.gz", false)]
    [InlineData("a.globals.sql", false)]
    [InlineData("a.sql.bz2", false)]
    [InlineData("asql", false)]
    [InlineData("a.dump", false)]
    [InlineData("a.sql.gz\n", false)]
    public void A_dump_is_told_by_its_ending(string name, bool expected)
    {
        Assert.Equal(expected, BackupName.IsDump(name));
    }

    [Theory]
    [InlineData("app_20251231_235958.sql", "app_20251231_235958.globals.sql")]
    [InlineData("app/app_20251231_235958.sql.gz", "app/app_20251231_235958.globals.sql.gz")]
    [InlineData("app.globals_20251231_235958.sql.zst", "app.globals_20251231_235958.globals.sql.zst")]
    [InlineData("app.sql.gz_20251231_235958.sql.gz", "app.sql.gz_20251231_235958.globals.sql.gz")]
    public void A_globals_file_and_its_dump_lead_to_each_other(string dump, string globals)
    {
        Assert.Equal(globals, BackupName.Globals(dump));
        Assert.Equal(dump, BackupName.DumpOf(globals));
        Assert.Equal(dump, BackupName.DumpOf(dump));
        Assert.False(BackupName.IsDump(globals));
        Assert.True(BackupName.IsDump(dump));
    }
}
