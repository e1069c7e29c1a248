using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Verify;

namespace InMidst.Backup.Integration.Tests.BadDays;

public sealed class VerifyManifestTests(PostgresFixture fixture)
{
    private readonly RestoreScene _scene = new(fixture.Server);

    [Fact]
    public async Task Without_its_manifest_a_backup_is_not_listed_but_its_file_restores()
    {
        RestoreSamples samples = await RestoreSamples.GetAsync(fixture.Server);
        BackupRecord backup = await _scene.PutAsync(samples.Name(CompressionKind.Gzip), samples.Data(CompressionKind.Gzip));

        Assert.Empty(await ListAsync());
        Assert.Contains("Restore-MidstDatabase -Path", Assert.Single(_scene.Warnings));
        Assert.Equal(RestoreSamples.Database, backup.Database);
        string target = RestoreScene.NewName("no_manifest");
        Assert.Equal(10000, (await _scene.RestoreAsync(backup, target)).Rows);
        Assert.Equal(VerificationVerdict.Passed, (await _scene.TestAsync(backup, VerificationLevel.Content)).Verdict);
        await _scene.SqlAsync($"DROP DATABASE {target}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"format\":1}")]
    [InlineData("{\"format\":\"one\"}")]
    [InlineData("\u0000\u0001")]
    public async Task A_damaged_manifest_is_no_backup_never_passes_and_the_file_still_restores_with_a_warning(string json)
    {
        RestoreSamples samples = await RestoreSamples.GetAsync(fixture.Server);
        BackupRecord backup = await WithManifestAsync(samples, CompressionKind.Zstd, Encoding.UTF8.GetBytes(json));

        Assert.Empty(await ListAsync());
        Assert.Contains("is read without its manifest", _scene.Warnings[0]);
        Assert.Contains("is not listed", _scene.Warnings[1]);
        foreach (VerificationLevel level in (VerificationLevel[])[VerificationLevel.Stored, VerificationLevel.Content])
        {
            VerificationResult test = await _scene.TestAsync(backup, level);
            Assert.Equal(VerificationVerdict.Failed, test.Verdict);
            Assert.Contains(BackupName.ManifestSuffix, test.Findings[0]);
        }

        if (json != "{")
            return;
        string target = RestoreScene.NewName("bad_manifest");
        Assert.Equal(10000, (await _scene.RestoreAsync(backup, target)).Rows);
        await _scene.SqlAsync($"DROP DATABASE {target}");
    }

    [Fact]
    public async Task A_manifest_of_a_newer_version_is_left_to_that_version()
    {
        RestoreSamples samples = await RestoreSamples.GetAsync(fixture.Server);
        string json = Encoding.UTF8.GetString(samples.Manifest(CompressionKind.Gzip));
        string newer = new Regex("\"format\": 1").Replace(json, "\"format\": 2", 1);
        Assert.NotEqual(json, newer);
        var refused = await Assert.ThrowsAsync<BackupException>(() => WithManifestAsync(samples, CompressionKind.Gzip, Encoding.UTF8.GetBytes(newer)));
        Assert.Equal(ErrorIds.FormatTooNew, refused.Id);
        Assert.Empty(await ListAsync());
        Assert.Contains("format 2", Assert.Single(_scene.Warnings));
    }

    [Fact]
    public async Task A_dump_of_a_newer_version_is_not_provable_and_refused_before_a_server_is_asked()
    {
        RestoreSamples samples = await RestoreSamples.GetAsync(fixture.Server);
        byte[] newer = await samples.WithIndexAsync(i => i with { Format = 2 });
        var unknown = await Assert.ThrowsAsync<BackupException>(() => _scene.PutAsync("newer.sql.gz", newer));
        Assert.Equal(ErrorIds.FormatTooNew, unknown.Id);

        // As a listing gives it, by a manifest that this version still reads.
        string name = samples.Name(CompressionKind.Gzip);
        await _scene.Storage.PutAsync(name, newer, PutMode.Replace, RestoreScene.Token);
        BackupManifest manifest = FormatJson.ReadManifest(samples.Manifest(CompressionKind.Gzip), name);
        manifest = manifest with { Index = null, Objects = [new ObjectRecord("data", name, newer.Length, new string('0', 64))] };
        await _scene.Storage.PutAsync(name + BackupName.ManifestSuffix, FormatJson.Write(manifest), PutMode.Replace, RestoreScene.Token);
        BackupRecord backup = await _scene.Repository.OpenAsync(name, RestoreScene.Token);
        Assert.Equal(VerificationVerdict.NotProvable, (await _scene.TestAsync(backup, VerificationLevel.Content)).Verdict);
        var refused = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(RestoreScene.Nowhere, backup, "never"));
        Assert.Equal(ErrorIds.FormatTooNew, refused.Id);
    }

    [Fact]
    public async Task Two_manifests_exchanged_are_neither_listed_nor_passed_nor_restored()
    {
        (RestoreSamples samples, string other, byte[] otherData, byte[] otherManifest) = await TwinAsync();
        string name = samples.Name(CompressionKind.Gzip);
        await PutPairAsync(name, samples.Data(CompressionKind.Gzip), otherManifest);
        await PutPairAsync(other, otherData, samples.Manifest(CompressionKind.Gzip));

        Assert.Empty(await ListAsync());
        Assert.Equal(2, _scene.Warnings.Count(w => w.Contains("not listed")));
        await RefusedAsync(name);
        await RefusedAsync(other);
    }

    [Fact]
    public async Task Two_data_files_of_equal_length_exchanged_never_pass_and_are_never_restored_as_the_other()
    {
        (RestoreSamples samples, string other, byte[] otherData, byte[] otherManifest) = await TwinAsync();
        string name = samples.Name(CompressionKind.Gzip);
        await PutPairAsync(name, otherData, samples.Manifest(CompressionKind.Gzip));
        await PutPairAsync(other, samples.Data(CompressionKind.Gzip), otherManifest);
        await RefusedAsync(name);
        await RefusedAsync(other);
    }

    [Fact]
    public async Task A_backup_that_was_renamed_with_its_manifest_stays_a_backup()
    {
        RestoreSamples samples = await RestoreSamples.GetAsync(fixture.Server);
        await PutPairAsync("golden.sql.gz", samples.Data(CompressionKind.Gzip), samples.Manifest(CompressionKind.Gzip));
        BackupRecord backup = Assert.Single(await ListAsync());
        Assert.Equal(VerificationVerdict.Passed, (await _scene.TestAsync(backup, VerificationLevel.Content)).Verdict);
    }

    private async Task RefusedAsync(string name)
    {
        BackupRecord backup = await _scene.Repository.OpenAsync(name, RestoreScene.Token);
        foreach (VerificationLevel level in Enum.GetValues<VerificationLevel>())
        {
            VerificationResult test = await _scene.TestAsync(backup, level);
            Assert.Equal(VerificationVerdict.Failed, test.Verdict);
            Assert.NotEmpty(test.Findings);
        }

        var refused = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(RestoreScene.Nowhere, backup, "never"));
        Assert.Equal(ErrorIds.BackupCorrupt, refused.Id);
    }

    /// <summary>Another backup, under another id, with a file of the same length as the first.</summary>
    private async Task<(RestoreSamples Samples, string Name, byte[] Data, byte[] Manifest)> TwinAsync()
    {
        RestoreSamples samples = await RestoreSamples.GetAsync(fixture.Server);
        string id = BackupName.IdOf(samples.Name(CompressionKind.Gzip));
        int length = samples.Data(CompressionKind.Gzip).Length;
        string otherId = "";
        byte[] data = [];

        // The index is compressed: its length follows what is in it, and so some times of the same day give the same length.
        for (int time = 0; data.Length != length && time < 1000; time++)
        {
            otherId = id[..^4] + time.ToString("D4");
            data = otherId == id ? [] : await samples.WithIndexAsync(i => i with { Backup = i.Backup with { Id = otherId } });
        }

        string name = otherId + ".sql.gz";
        Assert.Equal(length, data.Length);
        BackupRecord twin = await new RestoreScene(fixture.Server).PutAsync(name, data);
        BackupManifest manifest = FormatJson.ReadManifest(samples.Manifest(CompressionKind.Gzip), name) with
        {
            Id = otherId,
            Index = (await BackupContents.OpenAsync(twin, RestoreScene.Token)).File.Index,
            Objects = [new ObjectRecord("data", name, data.Length, Convert.ToHexStringLower(SHA256.HashData(data)))],
        };
        return (samples, name, data, FormatJson.Write(manifest));
    }

    private async Task PutPairAsync(string name, byte[] data, byte[] manifest)
    {
        await _scene.Storage.PutAsync(name, data, PutMode.Replace, RestoreScene.Token);
        await _scene.Storage.PutAsync(name + BackupName.ManifestSuffix, manifest, PutMode.Replace, RestoreScene.Token);
    }

    private async Task<BackupRecord> WithManifestAsync(RestoreSamples samples, CompressionKind kind, byte[] manifest)
    {
        string name = samples.Name(kind);
        await _scene.Storage.PutAsync(name + BackupName.ManifestSuffix, manifest, PutMode.Replace, RestoreScene.Token);
        return await _scene.PutAsync(name, samples.Data(kind));
    }

    private async Task<List<BackupRecord>> ListAsync()
    {
        var listed = new List<BackupRecord>();
        await foreach (BackupRecord backup in _scene.Repository.ListAsync(RestoreScene.Token))
            listed.Add(backup);
        return listed;
    }
}
