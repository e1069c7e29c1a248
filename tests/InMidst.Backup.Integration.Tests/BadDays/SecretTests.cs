using System.IO.Compression;
using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>The password appears nowhere.</summary>
public sealed class SecretTests(PostgresFixture fixture)
{
    private const string Secret = "S3cr3t-nobody-must-see";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Not_in_the_repository_not_on_command_lines_and_not_in_what_is_said()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        string role = await CreateRoleAsync(scene);
        ServerAddress address = scene.Address with { UserName = role, Password = Secret };
        FakePrograms programs = await FakePrograms.RealAsync(scene.Sub("bin"), fixture.Server);
        string seen = scene.Sub("seen");
        string note = $"tr '\\0' ' ' </proc/$$/cmdline >'{seen}'/$$; echo \"$*\" >>'{seen}'/$$";
        foreach (string program in (string[])["pg_dump", "pg_restore", "pg_dumpall"])
            await programs.ReplaceAsync(program, $"{note}; {programs.Real(program)}");
        var said = new StringBuilder();
        await scene.RunAsync(
            scene.Options with { Address = address, BinDirectories = programs.Directories }, progress: step => said.AppendLine(step.ToString()));

        Assert.True(Directory.GetFiles(seen).Length >= 4);
        foreach (string file in Directory.GetFiles(seen))
            Assert.DoesNotContain(Secret, await File.ReadAllTextAsync(file, Token));
        foreach (string file in Directory.GetFiles(scene.Root, "*", SearchOption.AllDirectories))
            Assert.DoesNotContain(Secret, await ReadAsync(file));
        said.AppendJoin('\n', scene.Warnings).AppendJoin('\n', address.Warnings).AppendLine(address.ToString());
        foreach (string setting in typeof(ServerAddress).GetProperties().Select(p => p.Name))
            said.AppendLine(address.Describe(setting));
        Assert.DoesNotContain(Secret, said.ToString());
    }

    [Fact]
    public async Task Not_in_any_error()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        ServerAddress address = scene.Address with { UserName = await CreateRoleAsync(scene), Password = Secret };
        DumpOptions options = scene.Options with { Address = address };
        FakePrograms programs = await FakePrograms.RealAsync(scene.Sub("bin"), fixture.Server);
        await programs.ReplaceAsync("pg_dump", "exit 1");
        await scene.FailsAsync(ErrorIds.PgDumpFailed, options with { BinDirectories = programs.Directories });
        await scene.FailsAsync(ErrorIds.DatabaseNotFound, options with { Database = "nowhere" });
        await scene.FailsAsync(ErrorIds.AuthenticationFailed, options with { Address = address with { UserName = "nobody_knows_me" } });
        await scene.FailsAsync(ErrorIds.ServerUnreachable, options with { Address = address with { Host = "/nonexistent" } });
        await scene.FailsAsync(ErrorIds.TlsFailed, options with { Address = address with { Host = "127.0.0.1", SslMode = PostgresSslMode.Require } });
        var storage = new FaultyStorage(scene.Storage) { Fault = StorageFault.On(name => name.EndsWith(".sql.gz", StringComparison.Ordinal)) };
        await scene.FailsAsync(ErrorIds.RepositoryUnavailable, options, storage);
    }

    private static async Task<string> CreateRoleAsync(BackupScene scene)
    {
        string role = "keeper_" + Guid.NewGuid().ToString("N")[..8];
        await scene.Server.PsqlAsync("postgres", $"CREATE ROLE {role} SUPERUSER LOGIN PASSWORD '{Secret}'");
        return role;
    }

    private static async Task<string> ReadAsync(string file)
    {
        await using Stream stored = File.OpenRead(file);
        await using Stream content = file.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(stored, CompressionMode.Decompress) : stored;
        using var reader = new StreamReader(content, Encoding.Latin1);
        return await reader.ReadToEndAsync(Token);
    }
}
