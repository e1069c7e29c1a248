using System.Diagnostics;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Integration.Tests.BadDays;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Testing;
using Npgsql;

namespace InMidst.Backup.Integration.Tests.Replace;

/// <summary>A database with something in it that is to be replaced, and dumps to replace it by.</summary>
internal sealed class LiveDatabase
{
    public const string End = "\n-- PostgreSQL database dump complete\n";
    public const string NewContent = "CREATE TABLE fresh (a int);\nCOPY fresh (a) FROM stdin;\n1\n2\n\\.\n" + End;

    private const string Content = "SELECT coalesce(to_regclass('old_rows')::text, ''), coalesce(to_regclass('fresh')::text, '')";

    private readonly string _oid;

    private LiveDatabase(PostgresServer server, RestoreScene scene, string name, string oid)
    {
        Server = server;
        Scene = scene;
        Name = name;
        _oid = oid;
    }

    public PostgresServer Server { get; }

    public RestoreScene Scene { get; }

    public string Name { get; }

    public RestoreOptions Options => new() { Address = Scene.Address, TargetDatabase = Name, Replace = true };

    public static async Task<LiveDatabase> MakeAsync(PostgresServer server, string word)
    {
        var scene = new RestoreScene(server);
        string name = RestoreScene.NewName(word);
        await scene.SqlAsync($"CREATE DATABASE {name} TEMPLATE template0");
        await scene.SqlAsync("CREATE TABLE old_rows AS SELECT 42 AS answer", name);
        return new LiveDatabase(server, scene, name, await scene.SqlAsync($"SELECT oid FROM pg_database WHERE datname = '{name}'"));
    }

    public Task<string> SqlAsync(string sql) => Scene.SqlAsync(sql, Name);

    public async Task<RestoreResult> ReplaceAsync(string script, Func<RestoreOptions, RestoreOptions>? change = null, CancellationToken? token = null) =>
        await Scene.RestoreAsync(await Scene.PutScriptAsync(script), change?.Invoke(Options) ?? Options, token: token);

    /// <summary>Tries to replace it; that must fail with this id, and the database is what it was.</summary>
    public async Task<BackupException> RefusedAsync(ErrorId id, string script = NewContent, Func<RestoreOptions, RestoreOptions>? change = null)
    {
        var refused = await Assert.ThrowsAsync<BackupException>(() => ReplaceAsync(script, change));
        Assert.True(refused.Id == id, refused.ToString());
        await IsUntouchedAsync();
        return refused;
    }

    /// <summary>The name stands for the old database, everybody gets in, and nothing else is left.</summary>
    public async Task IsUntouchedAsync()
    {
        Assert.Equal(_oid, await Scene.SqlAsync($"SELECT oid FROM pg_database WHERE datname = '{Name}' AND datallowconn"));
        Assert.Equal("old_rows|", await SqlAsync(Content));
        await Scene.OnlyTargetLeftAsync(Name);
        Assert.Equal("", await KeptAsync());
    }

    /// <summary>The name stands for the new database, and the old one is whole under the other name.</summary>
    public async Task IsReplacedAsync()
    {
        Assert.Equal("|fresh", await SqlAsync(Content));
        string kept = await KeptAsync();
        Assert.Equal($"{_oid}|t", await Scene.SqlAsync($"SELECT oid, datallowconn FROM pg_database WHERE datname = '{kept}'"));
        Assert.Equal("42", await Scene.SqlAsync("SELECT answer FROM old_rows", kept));
        await Scene.OnlyTargetLeftAsync(Name);
    }

    /// <summary>Whether a whole replacement took place; in either case nothing is half done.</summary>
    public async Task<bool> IsOneOrTheOtherAsync()
    {
        bool replaced = (await KeptAsync()).Length > 0;
        Assert.Equal(replaced ? "|fresh" : "old_rows|", await SqlAsync(Content));
        return replaced;
    }

    /// <summary>Name of the replaced database; empty when there is none.</summary>
    public Task<string> KeptAsync() => Scene.SqlAsync($"SELECT datname FROM pg_database WHERE starts_with(datname, '{Name}_replaced_')");

    public async Task<NpgsqlConnection> ConnectAsync(string application = "an application", string? database = null) =>
        await PostgresConnector.OpenAsync(Scene.Address, database ?? Name, new ConnectorOptions { ApplicationName = application }, RestoreScene.Token);

    /// <summary>Starts a process that replaces it by a script, ending sessions.</summary>
    public async Task<Process> StartProcessAsync(string directory, string script)
    {
        string dump = Path.Combine(directory, "new.sql");
        await File.WriteAllTextAsync(dump, script, RestoreScene.Token);
        return RestoringProcess.Start(Server, dump, Name, replace: true);
    }

    /// <summary>Waits until no session of a killed restore is left on the server.</summary>
    public Task NobodyRestoresAsync() => Scene.UntilAsync($"""
        SELECT count(*) FROM pg_locks l, hashtextextended({RestoreScene.RestoringName(Name)}, 5432) AS key
        WHERE l.locktype = 'advisory' AND l.classid::int8 = (key >> 32) & 4294967295 AND l.objid::int8 = key & 4294967295
        """, "0");

    public async Task DropAsync()
    {
        string kept = await KeptAsync();
        await Scene.SqlAsync($"DROP DATABASE {Name} WITH (FORCE)");
        if (kept.Length > 0)
            await Scene.SqlAsync($"DROP DATABASE {kept} WITH (FORCE)");
    }
}
