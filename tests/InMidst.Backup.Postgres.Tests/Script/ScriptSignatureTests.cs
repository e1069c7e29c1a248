using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Script;

namespace InMidst.Backup.Postgres.Tests.Script;

public sealed class ScriptSignatureTests
{
    private const string Script = "-- a dump\nSELECT 1;\n";

    [Theory]
    [InlineData("utf-16LE")]
    [InlineData("utf-16BE")]
    public async Task Text_that_Windows_PowerShell_re_encoded_is_recognised(string encoding)
    {
        var utf16 = Encoding.GetEncoding(encoding);
        foreach (byte[] mark in (byte[][])[utf16.GetPreamble(), []])
        {
            var error = await ScriptReading.Failure([.. mark, .. utf16.GetBytes(Script)]);

            Assert.Equal(ErrorIds.ScriptInvalid, error.Id);
            Assert.Contains("UTF-16", error.Message);
            Assert.Contains("pg_dump --file", error.Guidance);
        }
    }

    [Fact]
    public async Task Scripts_of_pg_dumpall_are_recognised_and_read_only_where_they_are_wanted()
    {
        const string Cluster = "--\n-- PostgreSQL database cluster dump\n--\n\nCREATE ROLE app;\n";

        var error = await ScriptReading.Failure(Cluster);

        Assert.Equal(ErrorIds.ScriptInvalid, error.Id);
        Assert.Contains("roles and tablespaces", error.Message);
        Assert.NotEmpty(await ScriptReading.Pieces(Cluster, new SqlScriptReaderOptions { AllowClusterDump = true }));
    }

    [Fact]
    public async Task Archives_of_pg_dump_are_recognised()
    {
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Ustar, leaveOpen: true))
            writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "toc.dat") { DataStream = new MemoryStream([1]) });

        foreach (byte[] archive in (byte[][])["PGDMP\u0001\u000e"u8.ToArray(), tar.ToArray()])
        {
            var error = await ScriptReading.Failure(archive);

            Assert.Equal(ErrorIds.ScriptInvalid, error.Id);
            Assert.Contains("pg_restore -f -", error.Guidance);
        }
    }

    [Fact]
    public async Task Compressed_data_are_recognised()
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionMode.Compress, leaveOpen: true))
            gzip.Write(Encoding.ASCII.GetBytes(Script));

        var error = await ScriptReading.Failure(compressed.ToArray());

        Assert.Equal(ErrorIds.ScriptInvalid, error.Id);
        Assert.Contains("compressed", error.Message);
    }
}
