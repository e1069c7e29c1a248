using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Tests.Format;
using InMidst.Backup.Testing.Storage;

namespace InMidst.Backup.Core.Tests.Repositories;

public sealed class BackupContentsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(CompressionKind.Gzip, CompressionKind.None)]
    [InlineData(CompressionKind.Gzip, CompressionKind.Zstd)]
    [InlineData(CompressionKind.None, CompressionKind.Gzip)]
    [InlineData(CompressionKind.Zstd, CompressionKind.None)]
    public async Task A_dump_that_somebody_decompressed_or_compressed_again_is_a_plain_script(CompressionKind from, CompressionKind to)
    {
        byte[] script = await ReadScriptAsync(await SampleDump.WriteAsync(from));
        BackupContents contents = await OpenAsync(await CompressAsync(script, to), to);
        Assert.Null(contents.Index);
        using var read = new MemoryStream();
        await (await contents.File.OpenScriptAsync(Token)).CopyToAsync(read, Token);
        Assert.Equal(script, read.ToArray());
    }

    [Theory]
    [InlineData(CompressionKind.None)]
    [InlineData(CompressionKind.Gzip)]
    public async Task Of_such_a_script_nothing_may_be_missing_at_the_end(CompressionKind to)
    {
        byte[] script = await ReadScriptAsync(await SampleDump.WriteAsync(CompressionKind.Zstd));
        foreach (int missing in (int[])[1, 2, 40, 200, script.Length / 2])
        {
            byte[] cut = await CompressAsync(script[..^missing], to);
            BackupException refused = await Assert.ThrowsAsync<BackupException>(() => OpenAsync(cut, to));
            Assert.Equal(ErrorIds.BackupCorrupt, refused.Id);
        }
    }

    [Fact]
    public async Task A_decompressed_dump_in_the_place_of_the_one_its_manifest_describes_is_refused()
    {
        SampleDump dump = await SampleDump.WriteAsync(CompressionKind.Gzip);
        byte[] script = await ReadScriptAsync(dump);
        await dump.Storage.PutAsync(dump.Name, script, PutMode.Replace, Token);
        BackupRecord backup = await new BackupRepository(dump.Storage, _ => { }).OpenAsync(dump.Name, Token);
        BackupException refused = await Assert.ThrowsAsync<BackupException>(() => BackupContents.OpenAsync(backup, Token));
        Assert.Equal(ErrorIds.BackupCorrupt, refused.Id);
    }

    private static async Task<byte[]> ReadScriptAsync(SampleDump dump)
    {
        DumpFile file = await DumpFile.OpenAsync(dump.Storage, dump.Name, Token);
        using Stream script = await file.OpenScriptAsync(Token);
        using var bytes = new MemoryStream();
        await script.CopyToAsync(bytes, Token);
        return bytes.ToArray();
    }

    private static async Task<byte[]> CompressAsync(byte[] script, CompressionKind kind)
    {
        using var bytes = new MemoryStream();
        await using (Stream compressor = FrameCodec.For(kind).CreateCompressor(bytes, level: null))
            await compressor.WriteAsync(script, Token);
        return bytes.ToArray();
    }

    private static async Task<BackupContents> OpenAsync(byte[] file, CompressionKind kind)
    {
        var storage = new MemoryStorage(TimeProvider.System);
        await storage.InitializeAsync(Token);
        string name = "mine" + FrameCodec.For(kind).Extension;
        await storage.PutAsync(name, file, PutMode.CreateNew, Token);
        return await BackupContents.OpenAsync(await new BackupRepository(storage, _ => { }).OpenAsync(name, Token), Token);
    }
}
