using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Format;

/// <summary>The names of what lies in a repository.</summary>
public static partial class BackupName
{
    /// <summary>Ending of a manifest's name, after the full name of its dump.</summary>
    public const string ManifestSuffix = ".manifest.json";

    /// <summary>Ending of a proof's name.</summary>
    public const string ProofSuffix = ".verification.json";

    /// <summary>Ending of the name of a removal record, which holds the manifest of a backup that is being removed.</summary>
    public const string RemovalSuffix = ".removed.json";

    /// <summary>Part of a globals file's name between the backup's id and the extension.</summary>
    public const string GlobalsInfix = ".globals";

    /// <summary>Ending of the name of an encrypted object, after all others.</summary>
    public const string EncryptedSuffix = ".age";

    private const string TimeFormat = "yyyyMMdd_HHmmss";

    /// <summary>
    /// The database's name as it stands in object names: [a-z0-9_.-] as they are, every other byte of its UTF-8 as %XX, so that
    /// Foo and foo differ on file systems that fold case. What has a meaning of its own is escaped as well: a dot at either end, the
    /// ending of unfinished uploads, and the word redis.
    /// </summary>
    public static string Encode(string database)
    {
        if (database == "redis")
            return "%72edis";
        var name = new StringBuilder();
        foreach (byte b in Encoding.UTF8.GetBytes(database))
        {
            char c = (char)b;
            bool kept = c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_' or '-' || (c == '.' && name.Length > 0);
            name.Append(kept ? c.ToString() : "%" + b.ToString("X2", CultureInfo.InvariantCulture));
        }

        // Where each database has a place of its own the name is a whole segment there.
        bool reserved = name.Length > 0 && (name[^1] == '.' || name.ToString().EndsWith(StorageName.TemporarySuffix, StringComparison.Ordinal));
        if (reserved)
            name.Replace(".", "%2E", name.ToString().LastIndexOf('.'), 1);
        return name.ToString();
    }

    /// <summary>Undoes <see cref="Encode"/>.</summary>
    public static string Decode(string name) => Uri.UnescapeDataString(name);

    /// <summary>A backup's id: encoded database name and time of start, and _2, _3 … for the second and later of one second.</summary>
    public static string Id(string database, DateTimeOffset started, int attempt)
    {
        string id = Encode(database) + "_" + started.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
        return attempt <= 1 ? id : id + "_" + attempt.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The prefix that one database's objects have in this storage: nothing on disk, "db/" where each has a place of its own.</summary>
    public static string Prefix(StorageProperties storage, string database) =>
        storage.GroupsByDatabase ? Encode(database) + "/" : "";

    /// <summary>Whether a name looks like a dump, ours or anyone's: ends in .sql, .sql.gz or .sql.zst, perhaps encrypted, and is not a globals file.</summary>
    public static bool IsDump(string name) => DumpPattern().IsMatch(name) && !GlobalsPattern().IsMatch(name);

    /// <summary>The name of the globals file that belongs to the dump with this object name.</summary>
    public static string Globals(string dumpName) => DumpPattern().Replace(dumpName, GlobalsInfix + "$0");

    /// <summary>The name of one of the objects a dump consists of where a single one would be too long: the dump's own, then with .001, .002 …</summary>
    /// <param name="dumpName">The dump's object name.</param>
    /// <param name="part">From 0.</param>
    public static string Part(string dumpName, int part) =>
        part == 0 ? dumpName : dumpName + "." + part.ToString("D3", CultureInfo.InvariantCulture);

    /// <summary>Whether an object is a further part of the dump of this name.</summary>
    public static bool IsPartOf(string name, string dumpName) =>
        name.StartsWith(dumpName + ".", StringComparison.Ordinal) && PartPattern().Replace(name, "") == dumpName;

    /// <summary>The name of the dump that an object belongs to: of a globals file or a further part its dump, of any other name that name.</summary>
    public static string DumpOf(string name)
    {
        name = PartPattern().Replace(name, "");
        Match globals = GlobalsPattern().Match(name);
        return globals.Success ? name.Remove(globals.Index, GlobalsInfix.Length) : name;
    }

    /// <summary>The id of the dump with this object name: the last segment without its extension.</summary>
    public static string IdOf(string dumpName)
    {
        string last = dumpName[(dumpName.LastIndexOf('/') + 1)..];
        return DumpPattern().Replace(last, "");
    }

    /// <summary>Reads database and time out of an id of the usual form; false for names that people chose themselves.</summary>
    public static bool TryParseId(string id, out string database, out DateTimeOffset started)
    {
        database = "";
        started = default;
        Match match = IdPattern().Match(id);
        if (!match.Success || !DateTimeOffset.TryParseExact(
                match.Groups["time"].Value, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out started))
        {
            return false;
        }

        database = Decode(match.Groups["db"].Value);
        return true;
    }

    /// <summary>The name of the pointer at a database's newest dump.</summary>
    public static string Latest(string database, string extension) => Encode(database) + "_latest" + extension;

    [GeneratedRegex(@"\.sql(\.gz|\.zst)?(\.age)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex DumpPattern();

    [GeneratedRegex(@"(?<=\.sql(\.gz|\.zst)?(\.age)?)\.[0-9]{3,}\z", RegexOptions.CultureInvariant)]
    private static partial Regex PartPattern();

    [GeneratedRegex(@"\.globals\.sql(\.gz|\.zst)?(\.age)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex GlobalsPattern();

    [GeneratedRegex(@"^(?<db>.+)_(?<time>[0-9]{8}_[0-9]{6})(_[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex IdPattern();
}
