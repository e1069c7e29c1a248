using System.IO.Compression;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.BadDays;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Integration.Tests.RoundTrip;
using InMidst.Backup.Postgres.Globals;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Postgres.Verify;

namespace InMidst.Backup.Integration.Tests.Encryption;

/// <summary>Encrypted backups are restored and tested like any other, with their key; without it nothing happens.</summary>
public sealed class EncryptedRestoreTests(PostgresFixture fixture) : IAsyncLifetime
{
    private static readonly VerificationLevel[] Levels = [VerificationLevel.Stored, VerificationLevel.Content, VerificationLevel.Restore];

    private readonly EncryptedScene _scene = new(fixture);
    private readonly RestoreScene _left = new(fixture.Server);

    public async ValueTask InitializeAsync() => await _scene.MakeKeysAsync();

    [Theory]
    [InlineData(CompressionKind.Gzip, int.MaxValue)]
    [InlineData(CompressionKind.Zstd, int.MaxValue)]
    [InlineData(CompressionKind.Gzip, 100_001)]
    public async Task It_is_restored_and_passes_every_test(CompressionKind compression, int partLength)
    {
        string source = await fixture.SampleAsync();
        BackupRecord backup = await _scene.EncryptAsync(await _scene.Scene.BackupAsync(source, compression), partLength);
        Assert.True(backup.Data.Length > AgeFile.ChunkLength || backup.Manifest!.DataObjects.Count > 1);
        string copy = RoundTripScene.NewName("decrypted");
        await _scene.Scene.RestoreAsync(backup, copy);
        await _scene.Scene.AssertEqualAsync(source, copy);
        foreach (VerificationLevel level in Levels)
        {
            VerificationResult test = await _scene.Scene.TestAsync(backup, level);
            Assert.Empty(test.Findings);
            Assert.Equal(VerificationVerdict.Passed, test.Verdict);
        }

        BackupRecord proven = await new BackupRepository(_scene.Scene.Storage, _scene.Scene.Warnings.Add).OpenAsync(backup.Data.Name, default);
        Assert.Equal(("Passed", "Restore"), (proven.Proof?.Verdict, proven.Proof?.Level));
    }

    [Fact]
    public async Task A_table_of_it_is_restored_alone()
    {
        BackupRecord backup = await _scene.EncryptAsync(await _scene.Scene.BackupAsync(await fixture.SampleAsync()));
        TableRecord table = (await BackupContents.OpenAsync(backup, default)).Index!.Tables.MaxBy(t => t.Bytes)!;
        RestoreResult restored = await _scene.Scene.RestoreAsync(
            backup, RoundTripScene.NewName("one_table"), o => o with { Tables = [NamePattern.Exactly($"{table.Schema}.{table.Name}")] });
        Assert.Equal(table.Rows, restored.Rows);
    }

    [Fact]
    public async Task Without_its_key_only_its_bytes_are_tested()
    {
        BackupRecord backup = await _scene.EncryptAsync(await _scene.Scene.BackupAsync(await fixture.SampleAsync()), partLength: 200_000);
        foreach ((AgeIdentities identities, ErrorId id) in ((AgeIdentities, ErrorId)[])[
            (AgeIdentities.None, ErrorIds.EncryptionKeyMissing), (_scene.Wrong, ErrorIds.EncryptionKeyWrong)])
        {
            BackupRecord locked = backup with { Identities = identities };
            VerificationResult stored = await _left.TestAsync(locked, VerificationLevel.Stored);
            Assert.Empty(stored.Findings);
            Assert.Equal(VerificationVerdict.Passed, stored.Verdict);

            // At an address where nobody answers: it is said before anybody is asked.
            foreach (VerificationLevel level in (VerificationLevel[])[VerificationLevel.Content, VerificationLevel.Restore])
                Assert.Equal(id, (await Assert.ThrowsAsync<BackupException>(() => _left.TestAsync(locked, level))).Id);
            Assert.Equal(id, (await Assert.ThrowsAsync<BackupException>(() => _left.RestoreAsync(RestoreScene.Nowhere, locked, "never"))).Id);
        }
    }

    [Fact]
    public async Task Every_part_and_the_globals_are_tested_without_the_key()
    {
        BackupRecord backup = await _scene.EncryptAsync(await _scene.Scene.BackupAsync(await fixture.SampleAsync()), partLength: 200_000);
        BackupRecord locked = backup with { Identities = AgeIdentities.None };
        foreach (ObjectRecord stored in backup.Manifest!.Objects)
        {
            byte[] bytes = await _scene.ReadAsync(stored.Name);
            await _scene.PutAsync(stored.Role, stored.Name, RestoreScene.Flip(bytes, bytes.Length / 2));
            VerificationResult test = await _left.TestAsync(locked, VerificationLevel.Stored);
            Assert.Equal(VerificationVerdict.Failed, test.Verdict);
            Assert.Contains(stored.Name, Assert.Single(test.Findings));
            await _scene.PutAsync(stored.Role, stored.Name, bytes);
        }

        string last = backup.Manifest.DataObjects[^1].Name;
        await _scene.Scene.Storage.DeleteAsync(last, default);
        Assert.Contains(last, Assert.Single((await _left.TestAsync(locked, VerificationLevel.Stored)).Findings));
    }

    [Fact]
    public async Task Wherever_it_was_changed_nothing_is_left_of_its_restore_and_every_test_fails()
    {
        BackupRecord backup = await _scene.EncryptAsync(await _scene.Scene.BackupAsync(await fixture.SampleAsync()));
        byte[] whole = await _scene.ReadAsync(backup.Data.Name);
        int stored = AgeFile.ChunkLength + 16;
        Assert.True(whole.Length > 4 * stored);
        byte[] swapped = [.. whole];
        whole.AsSpan(300 + stored, stored).CopyTo(swapped.AsSpan(300));
        (string What, byte[] File)[] changed =
        [
            ("the first chunk", RestoreScene.Flip(whole, 1000)),
            ("the middle", RestoreScene.Flip(whole, whole.Length / 2)),
            ("the end", RestoreScene.Flip(whole, whole.Length - 1)),
            ("the nonce", RestoreScene.Flip(whole, 205)),
            ("the order", swapped),
        ];
        foreach ((string what, byte[] file) in changed)
        {
            await _scene.PutAsync(ObjectRecord.Data, backup.Data.Name, file);
            string target = RoundTripScene.NewName("changed");
            BackupException refused = await Assert.ThrowsAsync<BackupException>(() => _scene.Scene.RestoreAsync(backup, target));
            Assert.True(refused.Id == ErrorIds.BackupCorrupt, $"{what}: {refused}");
            await _left.NothingLeftAsync(target);
            foreach (VerificationLevel level in Levels)
            {
                VerificationResult test = await _scene.Scene.TestAsync(backup, level);
                Assert.True(test.Verdict == VerificationVerdict.Failed && test.Findings.Count > 0, $"{what}, {level}");
            }
        }

        // The findings may name tables.
        BackupRecord failed = await new BackupRepository(_scene.Scene.Storage, _scene.Scene.Warnings.Add).OpenAsync(backup.Data.Name, default);
        Assert.Contains("not written here", Assert.Single(failed.Proof!.Findings));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task What_is_exchanged_or_vanishes_while_it_is_read_is_not_restored_by_halves(bool encrypted, bool vanishes)
    {
        // Twice the same database, for the same key: nothing but the proofs tells the two files apart. In the clear many of their frames
        // are equal, which is no harm; there the rows of one are put where those of others were.
        string source = await fixture.SampleAsync();
        BackupRecord[] backups = [await _scene.Scene.BackupAsync(source), await _scene.Scene.BackupAsync(source)];
        if (encrypted)
            backups = [await _scene.EncryptAsync(backups[0]), await _scene.EncryptAsync(backups[1])];
        byte[] other = await _scene.ReadAsync(backups[1].Data.Name);
        if (!encrypted)
            other = [.. other[1000..], .. other[..1000]];
        int opened = 0;
        var storage = new RangeStorage(_scene.Scene.Storage, (_, stream) =>
        {
            // Behind what is read to plan the restore.
            if (Interlocked.Increment(ref opened) == 12)
                ExchangeAsync().GetAwaiter().GetResult();
            return stream;
        });

        string target = RoundTripScene.NewName("exchanged");
        BackupException refused = await Assert.ThrowsAnyAsync<BackupException>(() => _scene.Scene.RestoreAsync(backups[0] with { Storage = storage }, target));
        Assert.True(opened >= 12);
        Assert.True(refused.Id == (vanishes ? ErrorIds.ObjectNotFound : ErrorIds.BackupCorrupt), refused.ToString());
        await _left.NothingLeftAsync(target);

        Task ExchangeAsync() => vanishes
            ? _scene.Scene.Storage.DeleteAsync(backups[0].Data.Name, default)
            : _scene.PutAsync(ObjectRecord.Data, backups[0].Data.Name, other);
    }

    [Fact]
    public async Task What_pg_dump_gzip_and_age_wrote_is_restored_whatever_it_is_called()
    {
        string source = await fixture.SampleAsync();
        byte[] zipped = Zip(await _scene.Scene.Server.PgDumpBytesAsync(source, ["-Fp"]));
        byte[] file = await AgeProgram.RunAsync("age", zipped, "-r", _scene.Recipient.ToString());
        foreach (string name in (string[])["theirs.sql.gz.age", "misnamed.sql"])
        {
            BackupRecord backup = await _scene.Scene.AddForeignAsync(name, file) with { Identities = _scene.Key };
            string copy = RoundTripScene.NewName("theirs");
            await _scene.Scene.RestoreAsync(backup, copy);
            await _scene.Scene.AssertEqualAsync(source, copy);
            VerificationResult test = await _scene.Scene.TestAsync(backup, VerificationLevel.Restore);
            Assert.Empty(test.Findings);
            Assert.Equal(ErrorIds.EncryptionKeyMissing, (await Assert.ThrowsAsync<BackupException>(
                () => _left.RestoreAsync(RestoreScene.Nowhere, backup with { Identities = AgeIdentities.None }, "never"))).Id);
            Assert.Equal(VerificationVerdict.NotProvable, (await _left.TestAsync(backup with { Identities = _scene.Wrong }, VerificationLevel.Stored)).Verdict);
        }

        foreach (byte[] changed in (byte[][])[RestoreScene.Flip(file, file.Length / 2), file[..^1], file[..(AgeFile.ChunkLength * 2)], RestoreScene.Flip(file, 250)])
        {
            BackupRecord backup = await _scene.Scene.AddForeignAsync("changed.sql.gz.age", changed) with { Identities = _scene.Key };
            string target = RoundTripScene.NewName("changed");
            Assert.Equal(ErrorIds.BackupCorrupt, (await Assert.ThrowsAsync<BackupException>(() => _scene.Scene.RestoreAsync(backup, target))).Id);
            await _left.NothingLeftAsync(target);
            Assert.Equal(VerificationVerdict.Failed, (await _scene.Scene.TestAsync(backup, VerificationLevel.Content)).Verdict);
        }
    }

    [Fact]
    public async Task Age_gunzip_and_psql_restore_it_without_us()
    {
        string source = await fixture.SampleAsync();
        BackupRecord backup = await _scene.EncryptAsync(await _scene.Scene.BackupAsync(source));
        byte[] decrypted = await AgeProgram.RunAsync("age", await _scene.ReadAsync(backup.Data.Name), "-d", "-i", _scene.KeyPath);
        BackupRecord plain = await _scene.Scene.AddForeignAsync("by_age.sql.gz", decrypted);
        string name = RoundTripScene.NewName("by_age");
        await _scene.Scene.Server.CreateDatabaseAsync(name, "TEMPLATE template0");
        await _scene.Scene.Server.RestoreThroughPsqlAsync(name, _scene.Scene.PathOf(plain));
        await _scene.Scene.AssertEqualAsync(source, name);
    }

    [Fact]
    public async Task Its_roles_come_back_and_changed_ones_do_not()
    {
        string role = RoundTripScene.NewName("role");
        await _left.SqlAsync($"CREATE ROLE {role}; CREATE DATABASE {role} OWNER {role}");
        BackupRecord backup = await _scene.EncryptAsync(await _scene.Scene.BackupAsync(role));
        string globals = BackupName.Globals(backup.Data.Name);
        Assert.NotNull(await _scene.Scene.Storage.FindAsync(globals, default));
        await _left.SqlAsync($"DROP DATABASE {role}");
        await _left.SqlAsync($"DROP ROLE {role}");

        // Without the manifest only the encryption itself tells that something was changed.
        byte[] bytes = await _scene.ReadAsync(globals);
        await _scene.PutAsync(ObjectRecord.Globals, globals, RestoreScene.Flip(bytes, bytes.Length - 1));
        foreach (BackupRecord record in (BackupRecord[])[backup, backup with { Manifest = null }])
        {
            BackupException refused = await Assert.ThrowsAsync<BackupException>(
                () => _scene.Scene.RestoreAsync(record, role, o => o with { Globals = GlobalsMode.Missing }));
            Assert.Equal(ErrorIds.BackupCorrupt, refused.Id);
        }

        await _scene.PutAsync(ObjectRecord.Globals, globals, bytes);
        RestoreResult restored = await _scene.Scene.RestoreAsync(backup, role, o => o with { Globals = GlobalsMode.Missing });
        Assert.Equal([role], restored.CreatedRoles);
    }

    public ValueTask DisposeAsync()
    {
        _scene.Dispose();
        return ValueTask.CompletedTask;
    }

    private static byte[] Zip(byte[] text)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
            gzip.Write(text);
        return zipped.ToArray();
    }
}
