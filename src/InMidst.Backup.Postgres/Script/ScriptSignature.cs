using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Postgres.Script;

/// <summary>Recognises by their first bytes files that are no plain SQL but are often taken for it, and plain SQL that is no dump of a database.</summary>
internal static class ScriptSignature
{
    /// <summary>So many bytes at the front are looked at: one tar header.</summary>
    public const int Length = 512;

    private const int TarMagicOffset = 257;

    /// <summary>Length of a UTF-8 byte order mark at the front, or 0.</summary>
    /// <exception cref="BackupException">ScriptInvalid: the bytes are something else than plain SQL, or the wrong script.</exception>
    public static int Check(ReadOnlySpan<byte> head, bool allowClusterDump)
    {
        if (head.StartsWith("PGDMP"u8))
            throw Archive("a custom-format dump");
        if (head.StartsWith("toc.dat\0"u8) || (head.Length > TarMagicOffset && head[TarMagicOffset..].StartsWith("ustar"u8)))
            throw Archive("a tar archive, as pg_dump --format=tar writes it");
        if (head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) || head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]))
            throw new BackupException(ErrorIds.ScriptInvalid, "What was read is compressed data (gzip or Zstandard), not SQL.",
                guidance: "The file seems to be compressed twice; decompress it once and try again.");
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            throw Utf16("The file is UTF-16 text");
        if (head.Contains((byte)0))
            throw Utf16("The file begins with zero bytes, as UTF-16 text or a binary file does");
        // The first comment that pg_dumpall writes. Its statements change the server, whatever database they are run in.
        if (!allowClusterDump && head.IndexOf("-- PostgreSQL database cluster dump"u8) >= 0)
        {
            throw new BackupException(ErrorIds.ScriptInvalid,
                "The file is a script of pg_dumpall: roles and tablespaces of a whole server, not the dump of one database.",
                guidance: "Name the dump of a database; -Globals takes roles and tablespaces from the file beside it. psql runs such a script.");
        }

        return head.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? 3 : 0;
    }

    private static BackupException Archive(string what) => new(
        ErrorIds.ScriptInvalid, $"The file is {what}, not plain SQL.",
        guidance: "Use pg_restore -f - FILE to turn it into plain SQL, or pg_restore to restore it.");

    private static BackupException Utf16(string what) => new(
        ErrorIds.ScriptInvalid, what + ": it is not the bytes pg_dump wrote.",
        guidance: "Windows PowerShell's > re-encodes what a program prints. Make the dump again with pg_dump --file=NAME; "
            + "only if that is impossible, convert this file to UTF-8.");
}
