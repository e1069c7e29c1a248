namespace InMidst.Backup.Postgres.Restore;

/// <summary>Names the Debian package that has an extension.</summary>
internal static class ExtensionPackages
{
    // https://packages.debian.org and apt.postgresql.org; all others are named after the extension itself.
    private static readonly Dictionary<string, string> Suffixes = new(StringComparer.Ordinal)
    {
        ["postgis"] = "postgis-3",
        ["postgis_raster"] = "postgis-3",
        ["postgis_topology"] = "postgis-3",
        ["postgis_sfcgal"] = "postgis-3",
        ["postgis_tiger_geocoder"] = "postgis-3",
        ["address_standardizer"] = "postgis-3",
        ["vector"] = "pgvector",
        ["pg_cron"] = "cron",
        ["pg_partman"] = "partman",
        ["pg_repack"] = "repack",
        ["pgaudit"] = "pgaudit",
        ["hypopg"] = "hypopg",
        ["h3"] = "h3",
    };

    /// <summary>What to install, in words.</summary>
    public static string Advice(string extension, int major) => extension switch
    {
        "plpython3u" => FormattableString.Invariant($"Debian package postgresql-plpython3-{major}"),
        "plperl" or "plperlu" => FormattableString.Invariant($"Debian package postgresql-plperl-{major}"),
        "pltcl" or "pltclu" => FormattableString.Invariant($"Debian package postgresql-pltcl-{major}"),
        _ => FormattableString.Invariant(
            $"Debian package postgresql-{major}-{Suffixes.GetValueOrDefault(extension, extension.Replace('_', '-'))}, or postgresql-contrib"),
    };
}
