using System.Globalization;
using System.Text;

namespace InMidst.Backup.Postgres.Sandbox.SampleData;

/// <summary>
/// The sample database of a sandbox: a made-up application's data together with one of nearly everything a database can
/// hold, so that a demonstration and the tests meet what real databases do to a backup. The same server version and scale
/// give the same content every time, except for which leaf of a table hash-partitioned by an enum a row lies in, and for a
/// table of xml that is left out where the server was built without it. The database must be empty and encoded in UTF-8.
/// </summary>
public static class SampleDatabase
{
    /// <summary>The name the sample is made under.</summary>
    public const string DatabaseName = "midst";

    /// <summary>The greatest scale: some hundred million rows and 60 GB.</summary>
    public const double MaximumScale = 1000;

    private const string Owner = "midst_owner";

    private static readonly SampleScript[] Scripts =
    [
        new("Roles and database settings", "Roles", AsOwner: false),
        new("Schemas and types", "Types"),
        new("Functions", "Functions"),
        new("Tables", "Tables"),
        new("Profiles", "Profiles"),
        new("Masks", "Masks"),
        new("Tasks, notes and bookings", "Tasks"),
        new("Events", "Events"),
        new("Large objects", "LargeObjects"),
        new("Odd names and values", "Oddities"),
        new("Keys and constraints", "Keys"),
        new("Indexes and statistics", "Indexes"),
        new("Views, functions, rules and triggers", "Logic"),
        new("Features of PostgreSQL 15", "Since15", 15),
        new("Features of PostgreSQL 17", "Since17", 17),
        new("Features of PostgreSQL 18", "Since18", 18),
        new("Rights, policies and publications", "Security"),
        new("Comments", "Comments"),
        new("Event triggers", "EventTrigger", AsOwner: false),
    ];

    // Rows at scale 1 of what grows with the scale, and the least that keeps every kind of row in a small sample.
    private static readonly (string Token, int AtScaleOne, int Least)[] Sizes =
    [
        ("teams", 500, 30),
        ("profiles", 70_000, 100),
        ("preferences", 20_000, 40),
        ("masks", 35_000, 100),
        ("mask_wear", 6_000, 60),
        ("tasks", 110_000, 200),
        ("notes", 4_000, 40),
        ("bookings", 1_000, 40),
        ("events", 160_000, 400),
        ("sessions", 2_000, 20),
        ("large_objects", 100, 5),
    ];

    /// <summary>The steps that fill the database, in the order they must run.</summary>
    /// <param name="serverMajor">The server's major version; 14 is the oldest that can hold the sample.</param>
    /// <param name="scale">
    /// How large: 1 is about 60 MB of rows, 0.01 some thousand rows. However small, each kind of row is there.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The version is older, or the scale not above 0 and at most 1000.</exception>
    public static IReadOnlyList<SampleStep> Steps(int serverMajor, double scale)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(serverMajor, 14);
        if (!(scale > 0 && scale <= MaximumScale))
            throw new ArgumentOutOfRangeException(nameof(scale), scale, $"The scale must be above 0 and at most {MaximumScale}.");

        return [.. Scripts.Where(script => script.Since <= serverMajor).Select(script => Step(script, scale))];
    }

    private static SampleStep Step(SampleScript script, double scale)
    {
        var sql = new StringBuilder(Preamble(script)).Append(Read(script.Name));
        foreach (var (token, atScaleOne, least) in Sizes)
        {
            var rows = Math.Max(least, (long)Math.Round(atScaleOne * scale));
            sql.Replace("{{" + token + "}}", rows.ToString(CultureInfo.InvariantCulture));
        }

        return new SampleStep(script.Description, sql.ToString());
    }

    // set_config rather than SET LOCAL, which warns when the statements come one by one in an implicit transaction. A publication
    // warns of a low wal_level on every server that is not set up for it, which is none of the sample's business.
    private static string Preamble(SampleScript script)
    {
        var settings = new List<string>
        {
            "set_config('search_path', '', true)",
            "set_config('timezone', 'UTC', true)",
            "set_config('datestyle', 'ISO, YMD', true)",
            "set_config('standard_conforming_strings', 'on', true)",
            "set_config('client_min_messages', 'error', true)",
        };
        if (script.AsOwner)
            settings.Add($"set_config('role', '{Owner}', true)");
        return $"SELECT {string.Join(", ", settings)};\n";
    }

    private static string Read(string name)
    {
        var resource = $"{typeof(SampleDatabase).Namespace}.{name}.sql";
        using var stream = typeof(SampleDatabase).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The assembly has no resource '{resource}'.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private sealed record SampleScript(string Description, string Name, int Since = 14, bool AsOwner = true);
}
