using System.Security.Cryptography;
using System.Text;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Integration.Tests.S3;

/// <summary>A backup for copies, whose bytes no database made.</summary>
internal static class AnyBackup
{
    public const string Id = "app_20250102_030405";

    /// <summary>A backup whose manifest describes some bytes that begin like a dump.</summary>
    public static async Task<byte[]> PutAsync(IStorage storage, int length)
    {
        await storage.InitializeAsync(CancellationToken.None);
        byte[] data = new byte[length];
        new Random(1).NextBytes(data);
        Encoding.ASCII.GetBytes(DumpFile.Signature + "1, written by a test\n").CopyTo(data, 0);
        string name = BackupName.Prefix(storage.Properties, "app") + Id + ".sql.gz";
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(data));
        var manifest = new BackupManifest
        {
            Tool = "test",
            Id = Id,
            Kind = "dump",
            Series = new SeriesRecord("1", "app"),
            Source = new SourceRecord("db.example", 5432, "17.0", 170000),
            Started = new DateTimeOffset(2025, 1, 2, 3, 4, 5, TimeSpan.Zero),
            Completed = new DateTimeOffset(2025, 1, 2, 3, 4, 9, TimeSpan.Zero),
            Compression = CompressionKind.Gzip,
            Objects = [new ObjectRecord(ObjectRecord.Data, name, length, sha256)],
            Index = new IndexLocation(1, 1, sha256),
            Totals = new TotalsRecord
            {
                Tables = 0, Rows = 0, DataBytes = 0, Sequences = 0, LargeObjects = 0, LargeObjectBytes = 0, LargeObjectChecksum = "",
            },
            Database = new DatabaseProperties { Encoding = "UTF8", LocaleProvider = "libc", Collate = "C", CType = "C", Monetary = "C", Owner = "o", Tablespace = "pg_default" },
            Requirements = new RequirementsRecord { PgDumpVersion = "17.0" },
        };
        await storage.PutAsync(name, data, PutMode.CreateNew, CancellationToken.None);
        await new BackupRepository(storage, static _ => { }).WriteManifestAsync(name, manifest, CancellationToken.None);
        return data;
    }
}
