using System.Text.RegularExpressions;

namespace InMidst.Backup.Postgres.Script;

/// <summary>The comment that pg_dump writes above each object of its table of contents. Byte strings.</summary>
/// <param name="Name">pg_dump's tag.</param>
/// <param name="Type">pg_dump's type.</param>
/// <param name="Schema">The schema; null for none.</param>
/// <param name="Owner">The owner; null for none.</param>
/// <param name="Line">The line as it was written.</param>
internal sealed partial record EntryHeader(string Name, string Type, string? Schema, string? Owner, string Line)
{
    /// <summary>Reads the comment; null when it is another one.</summary>
    /// <param name="comment">The line, without its end.</param>
    public static EntryHeader? Parse(string comment)
    {
        Match match = Pattern().Match(comment);
        return match.Success
            ? new EntryHeader(match.Groups["name"].Value, match.Groups["type"].Value, NullIfNone(match.Groups["schema"].Value),
                NullIfNone(match.Groups["owner"].Value), match.Value)
            : null;
    }

    // The comment of an extension has an empty owner.
    private static string? NullIfNone(string value) => value is "-" or "" ? null : value;

    // pg_backup_archiver.c, _printTocEntry; newlines in names are replaced there.
    [GeneratedRegex(@"^-- Name: (?<name>.*); Type: (?<type>[A-Z ]+); Schema: (?<schema>.*); Owner: (?<owner>.*?)(; Tablespace: .*)?$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
