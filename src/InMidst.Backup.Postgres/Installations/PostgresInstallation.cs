namespace InMidst.Backup.Postgres.Installations;

/// <summary>PostgreSQL programs of one version, in one directory.</summary>
/// <param name="BinDirectory">The absolute directory that holds the programs.</param>
/// <param name="Major">The major version, as in <c>server_version_num / 10000</c>: 15, 16, 17.</param>
/// <param name="Version">The version as the programs print it: "15.18", "17beta1", "18devel".</param>
public sealed record PostgresInstallation(string BinDirectory, int Major, string Version)
{
    /// <summary>The path of one of the programs. Nothing says that it exists: a client package has no <c>initdb</c>.</summary>
    /// <param name="name">Its name without suffix: "pg_dump".</param>
    public string Program(string name) => Path.Combine(BinDirectory, OperatingSystem.IsWindows() ? name + ".exe" : name);

    /// <summary>Whether the directory holds that program.</summary>
    /// <param name="name">Its name without suffix.</param>
    public bool Has(string name) => File.Exists(Program(name));
}
