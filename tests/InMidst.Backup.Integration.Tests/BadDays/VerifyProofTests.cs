using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Verify;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Integration.Tests.BadDays;

public sealed class VerifyProofTests(PostgresFixture fixture)
{
    private readonly RestoreScene _scene = new(fixture.Server);

    [Fact]
    public async Task A_proof_is_written_and_listed_and_the_latest_one_counts()
    {
        BackupRecord backup = await PutAsync(_scene.Storage);
        await _scene.TestAsync(backup, VerificationLevel.Content);
        BackupRecord listed = await ListedAsync(_scene.Storage);
        Assert.Equal(("Passed", "Content", 10000L), (listed.Proof!.Verdict, listed.Proof.Level, listed.Proof.Rows));

        string name = backup.Data.Name;
        RestoreSamples samples = await RestoreSamples.GetAsync(fixture.Server);
        byte[] damaged = RestoreScene.Flip(samples.Data(CompressionKind.Gzip), samples.Data(CompressionKind.Gzip).Length / 2);
        await _scene.Storage.PutAsync(name, damaged, PutMode.Replace, RestoreScene.Token);
        await _scene.TestAsync(listed, VerificationLevel.Stored);
        listed = await ListedAsync(_scene.Storage);
        Assert.Equal(("Failed", "Stored"), (listed.Proof!.Verdict, listed.Proof.Level));
        Assert.NotEmpty(listed.Proof.Findings);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("other")]
    public async Task A_proof_that_cannot_be_read_or_is_of_other_data_is_none(string content)
    {
        BackupRecord backup = await PutAsync(_scene.Storage);
        await _scene.TestAsync(backup, VerificationLevel.Content);
        string name = backup.Data.Name + BackupName.ProofSuffix;
        VerificationProof proof = (await ListedAsync(_scene.Storage)).Proof!;
        byte[] bytes = content == "other" ? FormatJson.Write(proof with { DataSha256 = new string('0', 64) }) : "{"u8.ToArray();
        await _scene.Storage.PutAsync(name, bytes, PutMode.Replace, RestoreScene.Token);
        Assert.Null((await ListedAsync(_scene.Storage)).Proof);
    }

    [Fact]
    public async Task In_a_repository_that_cannot_be_written_the_result_is_given_with_a_warning()
    {
        MemoryStorage inner = RestoreSamples.NewStorage();
        await PutAsync(inner);
        var storage = new FaultyStorage(inner)
        {
            Fault = new StorageFault(
                call => call.Operation == StorageOperation.BeginPut,
                Failure: call => new StorageException(ErrorIds.RepositoryAccessDenied, $"{call.Name} may not be written.", isPermanent: true)),
        };
        BackupRecord backup = await ListedAsync(storage);
        VerificationResult test = await _scene.TestAsync(backup, VerificationLevel.Content);
        Assert.Equal(VerificationVerdict.Passed, test.Verdict);
        Assert.Contains("may not be written", Assert.Single(_scene.Warnings));
        Assert.Null((await ListedAsync(inner)).Proof);
    }

    private async Task<BackupRecord> PutAsync(MemoryStorage storage)
    {
        RestoreSamples samples = await RestoreSamples.GetAsync(fixture.Server);
        string name = samples.Name(CompressionKind.Gzip);
        await storage.PutAsync(name, samples.Data(CompressionKind.Gzip), PutMode.Replace, RestoreScene.Token);
        await storage.PutAsync(name + BackupName.ManifestSuffix, samples.Manifest(CompressionKind.Gzip), PutMode.Replace, RestoreScene.Token);
        return await ListedAsync(storage);
    }

    private static async Task<BackupRecord> ListedAsync(IStorage storage)
    {
        var listed = new List<BackupRecord>();
        await foreach (BackupRecord backup in new BackupRepository(storage, _ => { }).ListAsync(RestoreScene.Token))
            listed.Add(backup);
        return Assert.Single(listed);
    }
}
