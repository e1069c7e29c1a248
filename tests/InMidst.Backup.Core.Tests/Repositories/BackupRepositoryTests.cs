using System.Text;
using System.Text.Json.Nodes;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Tests.Format;
using InMidst.Backup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;

namespace InMidst.Backup.Core.Tests.Repositories;

public sealed class BackupRepositoryTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2025, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryStorage _storage;
    private readonly List<string> _warnings = [];

    public BackupRepositoryTests() => _storage = new MemoryStorage(_clock);

    [Fact]
    public async Task A_backup_is_listed_with_what_its_manifest_says()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage);
        BackupRecord record = Assert.Single(await ListAsync());
        Assert.Equal(SampleDump.Id, record.Id);
        Assert.Equal("app", record.Database);
        Assert.Equal(SampleDump.Started, record.Started);
        Assert.Equal(dump.Name, record.Data.Name);
        Assert.Same(_storage, record.Storage);
        Assert.Equal(FormatJson.Write(dump.Manifest), FormatJson.Write(record.Manifest!));
        Assert.Null(record.Proof);
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task A_repository_that_is_not_there_is_not_found()
    {
        var e = await Assert.ThrowsAsync<StorageException>(ListAsync);
        Assert.Equal(ErrorIds.RepositoryNotFound, e.Id);
    }

    [Fact]
    public async Task An_empty_repository_lists_nothing()
    {
        await _storage.InitializeAsync(default);
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task Backups_come_by_the_time_they_began_whatever_their_names()
    {
        await _storage.InitializeAsync(default);
        await PutForeignAsync("zzz_20240101_000000.sql");
        await PutForeignAsync("aaa_20260101_000000.sql");
        await PutForeignAsync("mmm_20240101_000000.sql");
        await PutForeignAsync("by-hand.sql");
        await SampleDump.WriteAsync(CompressionKind.Zstd, _storage);
        Assert.Equal(
            ["mmm_20240101_000000", "zzz_20240101_000000", SampleDump.Id, "by-hand", "aaa_20260101_000000"],
            (await ListAsync()).Select(r => r.Id));
    }

    [Fact]
    public async Task A_proof_counts_only_for_the_bytes_it_was_made_of()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage);
        var repository = new BackupRepository(_storage, _warnings.Add);
        await repository.WriteProofAsync(dump.Name, SampleRecords.Proof(SampleRecords.Sha256), default);
        Assert.Null(Assert.Single(await ListAsync()).Proof);
        Assert.Null((await repository.OpenAsync(dump.Name, default)).Proof);

        await repository.WriteProofAsync(dump.Name, SampleRecords.Proof(dump.Manifest.Objects[0].Sha256), default);
        Assert.Equal("Passed", Assert.Single(await ListAsync()).Proof?.Verdict);
        Assert.Equal("Passed", (await repository.OpenAsync(dump.Name, default)).Proof?.Verdict);
    }

    [Fact]
    public async Task A_proof_that_cannot_be_read_is_as_good_as_none()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage);
        byte[] newer = FormatJson.Write(SampleRecords.Proof(dump.Manifest.Objects[0].Sha256) with { Format = 2 });
        foreach (byte[] proof in (byte[][])[[], [1, 2, 3], newer, new byte[(16 << 20) + 1]])
        {
            await _storage.PutAsync(dump.ProofName, proof, PutMode.Replace, default);
            Assert.Null(Assert.Single(await ListAsync()).Proof);
        }

        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task A_manifest_without_its_data_is_told_and_not_listed()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage);
        await _storage.DeleteAsync(dump.Name, default);
        Assert.Empty(await ListAsync());
        Assert.Contains(dump.Name, Assert.Single(_warnings));
    }

    [Fact]
    public async Task Manifests_of_other_programs_are_left_alone()
    {
        await _storage.InitializeAsync(default);
        foreach (string name in (string[])["webpack.manifest.json", ".manifest.json", "a/.manifest.json", "x..manifest.json"])
            await _storage.PutAsync(name, "{}"u8.ToArray(), PutMode.CreateNew, default);
        Assert.Empty(await ListAsync());
        Assert.Empty(_warnings);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task Data_of_another_length_are_told_and_not_listed(int difference)
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage);
        byte[] bytes = await dump.ReadAsync();
        await dump.ReplaceAsync(difference < 0 ? bytes[..^1] : (byte[])[.. bytes, 0]);
        Assert.Empty(await ListAsync());
        Assert.Contains(dump.Name, Assert.Single(_warnings));
    }

    [Fact]
    public async Task A_manifest_that_cannot_be_read_is_told_and_ends_nothing_else()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage);
        await PutForeignAsync("other_20240101_000000.sql");
        JsonObject noObjects = JsonNode.Parse(FormatJson.Write(dump.Manifest))!.AsObject();
        noObjects["objects"] = null;
        string[] manifests = ["", "{}", "not json", """{"format": 2}""", noObjects.ToJsonString(), new string(' ', (16 << 20) + 1)];
        foreach (string manifest in manifests)
        {
            _warnings.Clear();
            await _storage.PutAsync(dump.ManifestName, Encoding.UTF8.GetBytes(manifest), PutMode.Replace, default);
            Assert.Equal("other_20240101_000000", Assert.Single(await ListAsync()).Id);
            Assert.Contains(dump.Name, Assert.Single(_warnings));
        }
    }

    [Fact]
    public async Task A_manifest_that_names_no_data_is_told_and_not_listed()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage);
        await _storage.PutAsync(dump.ManifestName, FormatJson.Write(dump.Manifest with { Objects = [] }), PutMode.Replace, default);
        Assert.Empty(await ListAsync());
        Assert.Single(_warnings);
    }

    [Fact]
    public async Task Our_whole_dump_without_a_manifest_is_told_and_not_listed()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Zstd, _storage, withManifest: false);
        Assert.Empty(await ListAsync());
        Assert.Contains(dump.Name, Assert.Single(_warnings));
    }

    [Theory]
    [InlineData(CompressionKind.Gzip)]
    [InlineData(CompressionKind.Zstd)]
    [InlineData(CompressionKind.None)]
    public async Task What_a_dead_run_left_is_never_listed_and_nothing_is_said(CompressionKind kind)
    {
        SampleDump dump = await SampleDump.WriteAsync(kind, _storage, withManifest: false);
        byte[] bytes = await dump.ReadAsync();

        // What is cut so early that nothing of ours can be read in it is nobody's.
        int firstFrame = (int)dump.Index.Frames[0].Length;
        for (int length = firstFrame; length < bytes.Length; length++)
        {
            await dump.ReplaceAsync(bytes.AsMemory(0, length));
            Assert.Empty(await ListAsync());
        }

        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task A_foreign_dump_is_listed_with_what_its_name_tells()
    {
        await _storage.InitializeAsync(default);
        await PutForeignAsync("my%20app_20240102_030405_2.sql.gz");
        BackupRecord record = Assert.Single(await ListAsync());
        Assert.Equal("my%20app_20240102_030405_2", record.Id);
        Assert.Equal("my app", record.Database);
        Assert.Equal(new DateTimeOffset(2024, 1, 2, 3, 4, 5, TimeSpan.Zero), record.Started);
        Assert.Null(record.Manifest);
        Assert.Null(record.Proof);
    }

    [Fact]
    public async Task A_foreign_dump_of_any_name_began_when_it_was_last_written()
    {
        await _storage.InitializeAsync(default);
        await PutForeignAsync("before-migration.sql");
        BackupRecord record = Assert.Single(await ListAsync());
        Assert.Null(record.Database);
        Assert.Equal(_clock.GetUtcNow(), record.Started);
    }

    [Fact]
    public async Task A_foreign_dump_that_holds_a_line_of_ours_is_listed()
    {
        await _storage.InitializeAsync(default);
        string text = $"--\n-- PostgreSQL database dump\n--\n\nCOPY log (line) FROM stdin;\n{DumpFile.Signature}1, written by us\n\\.\n";
        await _storage.PutAsync("logs.sql", Encoding.ASCII.GetBytes(text), PutMode.CreateNew, default);
        Assert.Single(await ListAsync());
    }

    [Fact]
    public async Task Only_dumps_are_listed()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage);
        foreach (string name in (string[])[BackupName.Globals(dump.Name), ".midst/locks/a.sql", ".hidden.sql", "notes.txt", "a.dump", dump.Name + ".annotations.json"])
            await PutForeignAsync(name);
        await _storage.SetPointerAsync("app_latest.sql.gz", dump.Name, default);
        Assert.Equal(SampleDump.Id, Assert.Single(await ListAsync()).Id);
    }

    [Fact]
    public async Task A_foreign_dump_that_vanishes_during_the_listing_is_left_out()
    {
        await _storage.InitializeAsync(default);
        await PutForeignAsync("a.sql");
        await PutForeignAsync("b.sql");
        var faulty = new VanishingStorage(_storage, "a.sql");
        var found = new List<string>();
        await foreach (BackupRecord record in new BackupRepository(faulty, _warnings.Add).ListAsync(default))
            found.Add(record.Id);
        Assert.Equal(["b"], found);
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task Where_each_database_has_its_place_all_are_listed()
    {
        var storage = new MemoryStorage(_clock, groupsByDatabase: true);
        string prefix = BackupName.Prefix(storage.Properties, "app");
        Assert.Equal("app/", prefix);
        await SampleDump.WriteAsync(CompressionKind.Gzip, storage, prefix);
        await storage.PutAsync("other/other_20240101_000000.sql", "SELECT 1;\n"u8.ToArray(), PutMode.CreateNew, default);
        await storage.PutAsync(".midst/locks/app.sql", "{}"u8.ToArray(), PutMode.CreateNew, default);

        List<BackupRecord> records = await ListAsync(storage);
        Assert.Equal(["other_20240101_000000", SampleDump.Id], records.Select(r => r.Id));
        Assert.Equal(["other", "app"], records.Select(r => r.Database));
    }

    [Fact]
    public async Task A_dump_whose_manifest_was_lost_is_opened_by_its_index()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage, withManifest: false);
        BackupRecord record = await new BackupRepository(_storage, _warnings.Add).OpenAsync(dump.Name, default);
        Assert.Equal(SampleDump.Id, record.Id);
        Assert.Equal("app", record.Manifest!.Series.Database);
        Assert.Empty(record.Manifest.Objects);
    }

    [Fact]
    public async Task A_dump_whose_manifest_is_damaged_is_opened_without_it()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage);
        foreach (int length in (int[])[0, 100, (16 << 20) + 1])
        {
            _warnings.Clear();
            await _storage.PutAsync(dump.ManifestName, new byte[length], PutMode.Replace, default);
            BackupRecord record = await new BackupRepository(_storage, _warnings.Add).OpenAsync(dump.Name, default);
            Assert.Equal(SampleDump.Id, record.Id);
            Assert.Empty(record.Manifest!.Objects);
            Assert.Contains(dump.ManifestName, Assert.Single(_warnings));
        }
    }

    [Fact]
    public async Task A_dump_of_a_newer_version_is_not_opened()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage);
        await _storage.PutAsync(dump.ManifestName, """{"format": 2}"""u8.ToArray(), PutMode.Replace, default);
        var e = await Assert.ThrowsAsync<BackupException>(() => new BackupRepository(_storage, _warnings.Add).OpenAsync(dump.Name, default));
        Assert.Equal(ErrorIds.FormatTooNew, e.Id);
    }

    [Fact]
    public async Task What_is_not_there_is_not_opened()
    {
        await _storage.InitializeAsync(default);
        var e = await Assert.ThrowsAsync<StorageException>(() => new BackupRepository(_storage, _warnings.Add).OpenAsync("a.sql", default));
        Assert.Equal(ErrorIds.ObjectNotFound, e.Id);
    }

    [Fact]
    public async Task A_manifest_is_written_once_and_a_proof_again_and_again()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip, _storage, withManifest: false);
        var repository = new BackupRepository(_storage, _warnings.Add);
        await repository.WriteManifestAsync(dump.Name, dump.Manifest, default);
        var e = await Assert.ThrowsAsync<StorageException>(() => repository.WriteManifestAsync(dump.Name, dump.Manifest, default));
        Assert.Equal(ErrorIds.ObjectExists, e.Id);

        VerificationProof proof = SampleRecords.Proof(dump.Manifest.Objects[0].Sha256);
        await repository.WriteProofAsync(dump.Name, proof, default);
        await repository.WriteProofAsync(dump.Name, proof with { Verdict = "Failed" }, default);
        Assert.Equal("Failed", Assert.Single(await ListAsync()).Proof?.Verdict);
    }

    private Task<List<BackupRecord>> ListAsync() => ListAsync(_storage);

    private async Task<List<BackupRecord>> ListAsync(IStorage storage)
    {
        var records = new List<BackupRecord>();
        await foreach (BackupRecord record in new BackupRepository(storage, _warnings.Add).ListAsync(default))
            records.Add(record);
        return records;
    }

    private Task PutForeignAsync(string name) =>
        _storage.PutAsync(name, "--\n-- PostgreSQL database dump\n--\n\nSELECT 1;\n"u8.ToArray(), PutMode.CreateNew, default);
}
