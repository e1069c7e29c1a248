using System.Text;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.BadDays;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Postgres.Verify;

namespace InMidst.Backup.Integration.Tests.Encryption;

/// <summary>A backup is encrypted before a byte of it reaches a repository.</summary>
public sealed class EncryptedDumpTests(PostgresFixture fixture) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string KeyPath => Path.Combine(_directory.Path, "key");

    [Theory]
    [InlineData(CompressionKind.Gzip)]
    [InlineData(CompressionKind.Zstd)]
    [InlineData(CompressionKind.None)]
    public async Task Nothing_of_it_is_in_the_clear_and_age_and_we_read_all_of_it(CompressionKind compression)
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        AgeRecipient recipient = await AgeKeyFile.CreateAsync(KeyPath, TimeProvider.System, BackupScene.Token);
        BackupRecord backup = await scene.RunAsync(scene.Options with { Recipients = [recipient], Compression = compression });
        Assert.Empty(scene.Warnings);
        Assert.EndsWith(FrameCodec.For(compression).Extension + ".age", backup.Data.Name);
        Assert.Equal([recipient.ToString()], backup.Manifest!.Encryption!.Recipients);
        Assert.Equal(["data", "globals"], backup.Manifest.Objects.Select(o => o.Role));
        foreach (string file in Directory.EnumerateFiles(scene.Root))
        {
            string content = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file));
            foreach (string secret in (string[])["stations", "readings", "CREATE ROLE", "PostgreSQL database dump"])
                Assert.DoesNotContain(secret, content, StringComparison.Ordinal);
        }

        foreach (ObjectRecord stored in backup.Manifest.Objects)
        {
            byte[] decrypted = await AgeProgram.RunAsync("age", await File.ReadAllBytesAsync(Path.Combine(scene.Root, stored.Name)), "-d", "-i", KeyPath);
            using Stream script = FrameCodec.Detect(decrypted).CreateDecompressor(new MemoryStream(decrypted));
            string text = await new StreamReader(script, Encoding.Latin1).ReadToEndAsync();
            Assert.Contains(stored.Role == ObjectRecord.Data ? "COPY public.stations" : "CREATE ROLE", text, StringComparison.Ordinal);
        }

        using AgeIdentities key = AgeIdentities.Read([KeyPath], [], passphrase: null);
        BackupRecord listed = Assert.Single(await new BackupRepository(scene.Storage, scene.Warnings.Enqueue, key).ListAsync(BackupScene.Token).ToListAsync());
        VerificationResult test = await new BackupVerifier(new ExistingProofServer(fixture.Address), "test", TimeProvider.System, scene.Warnings.Enqueue)
            .RunAsync(listed, VerificationLevel.Restore, new Steps(null), BackupScene.Token);
        Assert.Empty(test.Findings);
        Assert.Equal((VerificationVerdict.Passed, 2500L), (test.Verdict, test.Tables.Sum(t => t.ActualRows ?? 0)));
    }

    [Fact]
    public async Task A_passphrase_alone_opens_it()
    {
        using BackupScene scene = await BackupScene.CreateAsync(fixture.Server);
        AgeRecipient passphrase = AgeRecipient.FromPassphrase(AgeProgram.Secure("correct horse"));
        BackupRecord backup = await scene.RunAsync(scene.Options with { Recipients = [passphrase], ExcludeGlobals = true });
        Assert.Equal(["passphrase"], backup.Manifest!.Encryption!.Recipients);
        using AgeIdentities identities = AgeIdentities.Read([], [], AgeProgram.Secure("correct horse"));
        string target = RestoreScene.NewName("passphrase");
        var options = new RestoreOptions { Address = fixture.Address, TargetDatabase = target };
        RestoreResult restored = await new DatabaseRestore(options, TimeProvider.System, scene.Warnings.Enqueue)
            .RunAsync(backup with { Identities = identities }, new Steps(null), BackupScene.Token);
        Assert.Equal(2500, restored.Rows);
    }

    public void Dispose() => _directory.Dispose();
}
