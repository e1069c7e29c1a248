using System.Security.Cryptography;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Integration.Tests.BadDays;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Verify;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.S3.BadDays;

/// <summary>What somebody did to the bucket behind our back is never listed as whole, never passes a test, and is never restored as what it was.</summary>
public sealed class TamperedTests(S3Fixture s3, PostgresFixture postgres) : IAsyncLifetime
{
    private readonly RestoreScene _restores = new(postgres.Server);
    private readonly List<string> _warnings = [];
    private BadDayScene _scene = null!;
    private S3Storage _storage = null!;
    private RestoreSamples _samples = null!;
    private string _name = "";

    private static CancellationToken Token => BadDayScene.Token;

    private BackupRepository Repository => new(_storage, _warnings.Add);

    private byte[] Data => _samples.Data(CompressionKind.Gzip);

    private string Manifest => _name + BackupName.ManifestSuffix;

    public async ValueTask InitializeAsync()
    {
        _scene = await BadDayScene.CreateAsync(await s3.ServerAsync());
        _storage = await _scene.OpenAsync();
        _samples = await RestoreSamples.GetAsync(postgres.Server);
        _name = $"{RestoreSamples.Database}/{_samples.Name(CompressionKind.Gzip)}";
        await _scene.OverwriteAsync(_name, Data);

        // The sample was made for a disk; in a bucket each database has a prefix.
        BackupManifest manifest = FormatJson.ReadManifest(_samples.Manifest(CompressionKind.Gzip), _samples.Name(CompressionKind.Gzip));
        await _scene.OverwriteAsync(Manifest, FormatJson.Write(manifest with { Objects = [.. manifest.Objects.Select(o => o with { Name = _name })] }));
    }

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Fact]
    public async Task As_it_was_made_it_is_listed_and_passes()
    {
        BackupRecord backup = Assert.Single(await ListAsync());
        Assert.Empty(_warnings);
        VerificationResult test = await _restores.TestAsync(backup, VerificationLevel.Content);
        Assert.True(test.Verdict == VerificationVerdict.Passed, string.Join('\n', test.Findings));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(-1)]
    public async Task A_truncated_object_is_not_listed_and_never_restored(int length)
    {
        await _scene.OverwriteAsync(_name, Data[..(length < 0 ? Data.Length + length : length)]);
        Assert.Empty(await ListAsync());
        Assert.Contains(_warnings, warning => warning.Contains("not listed", StringComparison.Ordinal));
        await RefusedAsync(VerificationLevel.Stored, VerificationLevel.Content);
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(0.9)]
    public async Task A_changed_byte_fails_the_test_and_the_restore(double where)
    {
        await _scene.OverwriteAsync(_name, RestoreScene.Flip(Data, (long)(Data.Length * where)));
        await RefusedAsync(VerificationLevel.Content);
    }

    [Fact]
    public async Task An_object_of_equal_length_in_its_place_fails_the_test_and_the_restore()
    {
        await _scene.OverwriteAsync(_name, RandomNumberGenerator.GetBytes(Data.Length));
        await RefusedAsync(VerificationLevel.Content);
    }

    [Fact]
    public async Task The_manifest_of_another_backup_in_its_place_is_not_believed()
    {
        // The same database in another compression: another id would be too easy.
        BackupManifest manifest = FormatJson.ReadManifest(_samples.Manifest(CompressionKind.Zstd), _samples.Name(CompressionKind.Zstd));
        await _scene.OverwriteAsync(Manifest, FormatJson.Write(manifest with { Objects = [.. manifest.Objects.Select(o => o with { Name = _name })] }));
        Assert.Empty(await ListAsync());
        Assert.Contains(_warnings, warning => warning.Contains("not listed", StringComparison.Ordinal));
        await RefusedAsync(VerificationLevel.Stored, VerificationLevel.Content);
    }

    [Fact]
    public async Task Data_that_vanished_is_told_of_and_not_listed()
    {
        await _scene.RemoveAsync(_name);
        Assert.Empty(await ListAsync());
        Assert.Contains(_name, Assert.Single(_warnings));
    }

    [Fact]
    public async Task A_bit_that_is_wrong_on_the_way_is_noticed_and_right_the_next_time()
    {
        BackupRecord backup = Assert.Single(await ListAsync());
        InjectedFault flip = _scene.Proxy.Inject(HttpFault.FlipResponseBit(20_000), RoundTripTests.ReadsMuch);
        string target = RestoreScene.NewName("flipped");
        BackupException refused = await Assert.ThrowsAnyAsync<BackupException>(() => _restores.RestoreAsync(backup, target));
        Assert.Equal(ErrorIds.BackupCorrupt, refused.Id);
        Assert.NotEqual(0, flip.Hits);
        await _restores.NothingLeftAsync(target);
        Assert.Equal(VerificationVerdict.Failed, (await _restores.TestAsync(backup, VerificationLevel.Content)).Verdict);

        flip.Dispose();
        Assert.Equal(VerificationVerdict.Passed, (await _restores.TestAsync(backup, VerificationLevel.Content)).Verdict);
        Assert.Equal(10000, (await _restores.RestoreAsync(backup, target)).Rows);
        await _restores.SqlAsync($"DROP DATABASE {target}");
    }

    private async Task<List<BackupRecord>> ListAsync() => await Repository.ListAsync(Token).ToListAsync(Token);

    private async Task RefusedAsync(params VerificationLevel[] levels)
    {
        BackupRecord backup = await Repository.OpenAsync(_name, Token);
        foreach (VerificationLevel level in levels)
        {
            VerificationResult test = await _restores.TestAsync(backup, level);
            Assert.Equal(VerificationVerdict.Failed, test.Verdict);
            Assert.NotEmpty(test.Findings);
        }

        string target = RestoreScene.NewName("tampered");
        BackupException refused = await Assert.ThrowsAnyAsync<BackupException>(() => _restores.RestoreAsync(backup, target));
        Assert.True(refused.Id == ErrorIds.BackupCorrupt || refused.Id == ErrorIds.ScriptInvalid, refused.ToString());
        await _restores.NothingLeftAsync(target);
    }
}
