namespace InMidst.Backup.Testing;

public sealed partial class PostgresServer
{
    /// <summary>Makes a streaming standby of a running server with pg_basebackup; it has the same roles and passwords.</summary>
    /// <param name="primary">The server that is followed.</param>
    /// <param name="settings">Lines of postgresql.conf that come last.</param>
    /// <exception cref="PostgresServerException">The copy failed, or the standby does not start; the message holds the log.</exception>
    public static async Task<PostgresServer> StartStandbyAsync(PostgresServer primary, IReadOnlyDictionary<string, string>? settings = null)
    {
        PostgresWatcher watcher = await PostgresWatcher.StartAsync(primary.BinDirectory);
        var standby = new PostgresServer(watcher, primary.BinDirectory, primary._clientDirectory, primary.Major) { Password = primary.Password };
        try
        {
            string source = $"host={primary.Host} port={primary.Port} user={primary.UserName}";
            if (await watcher.CommandAsync($"clone {source}", primary.Password) != 0)
                throw new PostgresServerException($"pg_basebackup failed: {watcher.ReadLog("initdb.log")}");
            await standby.ConfigureAsync([("unix_socket_directories", standby.Host), .. (settings ?? new Dictionary<string, string>()).Select(s => (s.Key, s.Value))]);
            await standby.StartOnFreePortAsync();
            return standby;
        }
        catch
        {
            await standby.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes a standby a primary; comes back when it takes writes.</summary>
    public async Task PromoteAsync()
    {
        if (await _watcher.CommandAsync("promote -") != 0)
            throw new PostgresServerException($"pg_ctl promote failed: {_watcher.ReadLog("pg_ctl.log")}");
    }
}
