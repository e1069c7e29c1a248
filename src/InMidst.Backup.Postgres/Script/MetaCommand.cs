using System.Text;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Postgres.Script;

/// <summary>
/// psql's commands in a script. Only the pair \restrict KEY … \unrestrict KEY, which pg_dump writes since August 2025, is known,
/// and does nothing here since no command is ever run; all others are refused.
/// </summary>
internal sealed class MetaCommand
{
    /// <summary>No line with a command of pg_dump comes near this length.</summary>
    private const int MaxLine = 4096;

    private const int MaxName = 24;
    private string? _restrictKey;

    /// <summary>Reads the command at a backslash that begins no part of a statement.</summary>
    /// <returns>Bytes to skip; 0 when more are needed to tell.</returns>
    public int Read(ReadOnlySpan<byte> text, bool complete, long line)
    {
        int end = text.IndexOf((byte)'\n');
        if (end < 0 && !complete && text.Length <= MaxLine)
            return 0;
        ReadOnlySpan<byte> command = end < 0 ? text : text[..end];
        string name = NameOf(command[1..]);
        if (name is not ("restrict" or "unrestrict"))
            throw Refusal(name, line);
        string key = KeyOf(command[(name.Length + 1)..]) ?? throw new BackupException(
            ErrorIds.MetaCommandRefused, $"Line {line} holds the psql command \\{name} with something else than a key of letters and digits.",
            guidance: "pg_dump does not write that: the file was changed on its way. Do not restore it with psql either.");
        if (name == "restrict")
            Restrict(key, line);
        else
            Unrestrict(key, line);
        return command.Length;
    }

    /// <summary>Refuses the command at a backslash; null when more bytes are needed to tell its name.</summary>
    public static BackupException? Refuse(ReadOnlySpan<byte> text, bool complete, long line) =>
        complete || text.Length > MaxName ? Refusal(NameOf(text[1..]), line) : null;

    private static BackupException Refusal(string name, long line) => new(
        ErrorIds.MetaCommandRefused, $"Line {line} holds the psql command \\{name}, which a restore does not run.",
        guidance: name is "connect" or "c"
            ? "The file was written by pg_dump --create or pg_dumpall. Dump one database without --create, or restore this file with psql."
            : null,
        target: "\\" + name);

    // Letters only: what follows may be an argument, and an argument may be a password.
    private static string NameOf(ReadOnlySpan<byte> text)
    {
        int length = 0;
        while (length < text.Length && length < MaxName && char.IsAsciiLetter((char)text[length]))
            length++;
        if (length == 0 && !text.IsEmpty && !char.IsAsciiDigit((char)text[0]) && text[0] is > 0x20 and < 0x7F)
            length = 1;
        return Encoding.ASCII.GetString(text[..length]);
    }

    private static string? KeyOf(ReadOnlySpan<byte> argument)
    {
        ReadOnlySpan<byte> key = argument.Trim(" \t\r"u8);
        bool separated = argument.Length <= MaxLine - MaxName && key.Length < argument.Length && argument[0] is (byte)' ' or (byte)'\t';
        if (!separated || key.IsEmpty)
            return null;
        foreach (byte b in key)
        {
            if (!char.IsAsciiLetterOrDigit((char)b))
                return null;
        }

        return Encoding.ASCII.GetString(key);
    }

    private void Restrict(string key, long line)
    {
        if (_restrictKey is not null)
            throw new BackupException(ErrorIds.ScriptInvalid, $"Line {line} holds \\restrict although one is in force already.");
        _restrictKey = key;
    }

    private void Unrestrict(string key, long line)
    {
        if (_restrictKey != key)
            throw new BackupException(ErrorIds.ScriptInvalid, _restrictKey is null
                ? $"Line {line} holds \\unrestrict without a \\restrict before it."
                : $"Line {line} holds \\unrestrict with another key than the \\restrict before it.");
        _restrictKey = null;
    }
}
