using System.Security.Cryptography;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Postgres.Script;
using InMidst.Backup.Postgres.Text;

namespace InMidst.Backup.Postgres.Globals;

/// <summary>The file with roles and tablespaces that lies beside a dump, read and checked.</summary>
internal static class GlobalsScript
{
    private const int MaximumLength = 256 * 1024 * 1024;

    /// <summary>Reads it.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Its statements, in order.</returns>
    /// <exception cref="BackupException">GlobalsNotFound; BackupCorrupt when it is not as it was written, or gone; those of <see cref="AgeFile.Open"/>.</exception>
    public static async Task<List<GlobalsStatement>> ReadAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        string name = BackupName.Globals(backup.Data.Name);
        // A file that is not named like a dump has no neighbours.
        string? expected = backup.Manifest?.Objects.FirstOrDefault(o => o.Role == ObjectRecord.Globals)?.Sha256;
        if (name == backup.Data.Name || await backup.Storage.FindAsync(name, cancellationToken).ConfigureAwait(false) is null)
        {
            throw expected is null
                ? new BackupException(ErrorIds.GlobalsNotFound, $"Backup '{backup.Id}' has no file with roles and tablespaces ({name}).", target: backup.Id)
                : new BackupException(ErrorIds.BackupCorrupt, $"{name} is missing though the manifest of '{backup.Id}' names it; another copy may have it.", target: name);
        }

        byte[] bytes = await backup.Storage.ReadAllBytesAsync(name, MaximumLength, cancellationToken).ConfigureAwait(false);
        if (expected is not null && expected != Convert.ToHexStringLower(SHA256.HashData(bytes)))
            throw new BackupException(ErrorIds.BackupCorrupt, $"{name} is not as it was written (SHA-256); nothing of it was run.", target: name);
        if (StoredDump.IsEncryptedDump(name, bytes))
            bytes = AgeFile.Decrypt(bytes, name, backup.Identities);
        using var script = new ScriptStream(FrameCodec.Detect(bytes), new MemoryStream(bytes), name);
        return await ParseAsync(script, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<List<GlobalsStatement>> ParseAsync(Stream script, CancellationToken cancellationToken)
    {
        var statements = new List<GlobalsStatement>();
        var text = new DatabaseText("UTF8");
        using var reader = new SqlScriptReader(script, new SqlScriptReaderOptions { AllowClusterDump = true });
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false) is { } item)
        {
            if (item.Kind != ScriptItemKind.Statement)
                continue;
            if (StatementInfo.TryParseSet(item.Text, out string setting, out string value) && setting == "client_encoding")
                text = new DatabaseText(value);
            statements.Add(GlobalsStatement.Parse(text.DecodeShared(item.Text)));
        }

        return statements;
    }
}
