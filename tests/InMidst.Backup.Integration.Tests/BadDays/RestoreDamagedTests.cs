using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Verify;

namespace InMidst.Backup.Integration.Tests.BadDays;

public sealed class RestoreDamagedTests(PostgresFixture fixture)
{
    private readonly RestoreScene _scene = new(fixture.Server);

    [Theory]
    [InlineData(CompressionKind.Gzip)]
    [InlineData(CompressionKind.Zstd)]
    [InlineData(CompressionKind.None)]
    public async Task A_file_cut_anywhere_is_refused_before_a_server_is_asked_and_fails_every_test(CompressionKind kind)
    {
        RestoreSamples samples = await RestoreSamples.GetAsync(fixture.Server);
        byte[] whole = samples.Data(kind);
        string name = "cut" + FrameCodec.For(kind).Extension;
        foreach (int length in await CutsAsync(name, whole))
        {
            BackupRecord backup = await _scene.PutAsync(name, whole[..length]);
            var refused = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(RestoreScene.Nowhere, backup, "never"));
            // Cut inside its first lines a plain file is anybody's script, and a compressed one nobody's.
            Assert.True(refused.Id == ErrorIds.BackupCorrupt || (length < 200 && refused.Id == ErrorIds.ScriptInvalid), $"{length}: {refused}");
            foreach (VerificationLevel level in (VerificationLevel[])[VerificationLevel.Content, VerificationLevel.Restore])
            {
                VerificationResult test = await _scene.TestAsync(backup, level);
                Assert.True(test.Verdict == VerificationVerdict.Failed && test.Findings is [{ Length: > 10 }, ..], $"{level} of {length} bytes");
            }
        }
    }

    [Theory]
    [InlineData(CompressionKind.Gzip)]
    [InlineData(CompressionKind.Zstd)]
    [InlineData(CompressionKind.None)]
    public async Task A_cut_file_with_its_manifest_is_not_listed_and_its_length_is_named(CompressionKind kind)
    {
        RestoreSamples samples = await RestoreSamples.GetAsync(fixture.Server);
        byte[] whole = samples.Data(kind);
        string name = samples.Name(kind);
        await _scene.Storage.PutAsync(name + BackupName.ManifestSuffix, samples.Manifest(kind), PutMode.Replace, RestoreScene.Token);
        await _scene.PutAsync(name, whole);
        Assert.Single(await ListAsync());
        foreach (int length in (int[])[0, 1, whole.Length / 2, whole.Length - 1])
        {
            BackupRecord backup = await _scene.PutAsync(name, whole[..length]);
            Assert.Empty(await ListAsync());
            Assert.Contains("not listed", _scene.Warnings[^1]);
            VerificationResult test = await _scene.TestAsync(backup, VerificationLevel.Stored);
            Assert.Equal(VerificationVerdict.Failed, test.Verdict);
            Assert.Contains($"{length:N0} bytes", test.Findings[0]);
        }
    }

    [Theory]
    [InlineData(CompressionKind.Gzip, false)]
    [InlineData(CompressionKind.Zstd, false)]
    [InlineData(CompressionKind.None, true)]
    public async Task One_wrong_byte_in_any_frame_is_found_and_named_and_never_restored(CompressionKind kind, bool restoreEach)
    {
        RestoreSamples samples = await RestoreSamples.GetAsync(fixture.Server);
        byte[] whole = samples.Data(kind);
        string name = samples.Name(kind);
        BackupRecord good = await _scene.PutAsync(name, whole);
        DumpIndex index = (await BackupContents.OpenAsync(good, RestoreScene.Token)).Index!;
        Assert.Superset(
            new HashSet<FrameKind> { FrameKind.Header, FrameKind.Data, FrameKind.Sequences, FrameKind.LargeObjects, FrameKind.EventTriggers },
            index.Frames.Select(f => f.Kind).ToHashSet());
        string target = RestoreScene.NewName("flipped");
        foreach (FrameEntry frame in index.Frames)
        {
            BackupRecord backup = await _scene.PutAsync(name, RestoreScene.Flip(whole, frame.Offset + frame.Length / 2));
            string what = frame.Table is { } table ? $"{index.Tables[table].Schema}.{index.Tables[table].Name}" : frame.Kind.ToString();
            foreach (VerificationLevel level in (VerificationLevel[])[VerificationLevel.Stored, VerificationLevel.Content])
            {
                VerificationResult test = await _scene.TestAsync(backup, level);
                Assert.Equal(VerificationVerdict.Failed, test.Verdict);
                Assert.Contains(test.Findings, f => f.Contains(what));
            }

            if (!restoreEach && frame.Kind != FrameKind.Data)
                continue;
            var refused = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(backup, target));
            Assert.Equal(ErrorIds.BackupCorrupt, refused.Id);
            Assert.Contains(what, refused.Message);
        }

        await _scene.NothingLeftAsync(target);
    }

    [Theory]
    [InlineData(CompressionKind.Gzip)]
    [InlineData(CompressionKind.Zstd)]
    [InlineData(CompressionKind.None)]
    public async Task A_wrong_byte_in_index_or_tail_fails_every_test_and_is_refused_before_a_server_is_asked(CompressionKind kind)
    {
        RestoreSamples samples = await RestoreSamples.GetAsync(fixture.Server);
        byte[] whole = samples.Data(kind);
        string name = samples.Name(kind);
        IndexLocation index = (await DumpFile.OpenAsync((await _scene.PutAsync(name, whole)).Storage, name, RestoreScene.Token)).Index!;
        foreach (bool manifested in (bool[])[false, true])
        {
            if (manifested)
                await _scene.Storage.PutAsync(name + BackupName.ManifestSuffix, samples.Manifest(kind), PutMode.Replace, RestoreScene.Token);
            foreach (long at in (long[])[index.Offset, index.Offset + index.Length / 2, index.Offset + index.Length + 20, whole.Length - 1])
            {
                BackupRecord backup = await _scene.PutAsync(name, RestoreScene.Flip(whole, at));
                foreach (VerificationLevel level in Enum.GetValues<VerificationLevel>())
                    Assert.Equal(VerificationVerdict.Failed, (await _scene.TestAsync(backup, level)).Verdict);
                var refused = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(RestoreScene.Nowhere, backup, "never"));
                Assert.Equal(ErrorIds.BackupCorrupt, refused.Id);
            }
        }
    }

    [Fact]
    public async Task A_legacy_gzip_file_cut_anywhere_fails_and_leaves_no_database()
    {
        RestoreSamples samples = await RestoreSamples.GetAsync(fixture.Server);
        byte[] whole = RestoreSamples.Gzip(samples.Legacy);
        await CutLegacyAsync(whole, [0, 1, 5, 10, 11, whole.Length / 2, whole.Length - 9, whole.Length - 8, whole.Length - 1]);
    }

    [Fact]
    public async Task A_legacy_file_cut_between_two_gzip_members_is_incomplete()
    {
        RestoreSamples samples = await RestoreSamples.GetAsync(fixture.Server);
        string[] lines = samples.Legacy.Split('\n');
        string[] members = [.. lines.Chunk(lines.Length / 4 + 1).Select((part, i) => string.Join('\n', part) + (i < 3 ? "\n" : ""))];
        Assert.Equal(samples.Legacy, string.Concat(members));
        byte[] whole = RestoreSamples.Gzip(members);
        int[] ends = [.. Enumerable.Range(1, members.Length - 1).Select(n => RestoreSamples.Gzip(members[..n]).Length)];
        await CutLegacyAsync(whole, ends.SelectMany(end => (int[])[end - 1, end, end + 1, end + 6]));
    }

    [Fact]
    public async Task A_legacy_file_with_a_wrong_byte_leaves_no_database()
    {
        RestoreSamples samples = await RestoreSamples.GetAsync(fixture.Server);
        byte[] whole = RestoreSamples.Gzip(samples.Legacy);
        BackupRecord backup = await _scene.PutAsync("legacy.sql.gz", RestoreScene.Flip(whole, whole.Length / 2));
        string target = RestoreScene.NewName("legacy");
        await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(backup, target));
        await _scene.NothingLeftAsync(target);
        Assert.Equal(VerificationVerdict.Failed, (await _scene.TestAsync(backup, VerificationLevel.Content)).Verdict);
    }

    private async Task CutLegacyAsync(byte[] whole, IEnumerable<int> lengths)
    {
        string target = RestoreScene.NewName("legacy");
        foreach (int length in lengths)
        {
            BackupRecord backup = await _scene.PutAsync("legacy.sql.gz", whole[..length]);
            VerificationResult test = await _scene.TestAsync(backup, VerificationLevel.Content);
            Assert.True(test.Verdict == VerificationVerdict.Failed && test.Findings is [{ Length: > 10 }, ..], $"{length} bytes");
            var refused = await Assert.ThrowsAsync<BackupException>(() => _scene.RestoreAsync(backup, target));
            Assert.True(refused.Id.Kind == ErrorKind.InvalidData, $"{length} bytes: {refused}");
        }

        await _scene.NothingLeftAsync(target);
        BackupRecord good = await _scene.PutAsync("legacy.sql.gz", whole);
        Assert.Equal(VerificationVerdict.Passed, (await _scene.TestAsync(good, VerificationLevel.Content)).Verdict);
    }

    /// <summary>Every end of a frame and a byte before and after it, and some places that are nothing in particular.</summary>
    private async Task<IEnumerable<int>> CutsAsync(string name, byte[] whole)
    {
        BackupRecord good = await _scene.PutAsync(name, whole);
        DumpIndex index = (await BackupContents.OpenAsync(good, RestoreScene.Token)).Index!;
        var random = new Random(20260206);
        IEnumerable<int> ends = index.Frames.Select(f => (int)(f.Offset + f.Length));
        return ends.SelectMany(end => (int[])[end - 1, end, end + 1])
            .Concat(Enumerable.Range(0, 12).Select(_ => random.Next(whole.Length)))
            .Concat([0, 1, 100, whole.Length - 1, whole.Length - 100])
            .Distinct();
    }

    private async Task<List<BackupRecord>> ListAsync()
    {
        var listed = new List<BackupRecord>();
        await foreach (BackupRecord backup in _scene.Repository.ListAsync(RestoreScene.Token))
            listed.Add(backup);
        return listed;
    }
}
