using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Storage;

/// <summary>
/// The one rule for names, for every driver. A name that passes can be joined to a root without leaving it.
/// All refusals are <see cref="StorageException"/> with <see cref="ErrorIds.InvalidArgument"/>.
/// </summary>
public static class StorageName
{
    /// <summary>Longest segment, in characters: what common file systems take.</summary>
    public const int MaxSegmentLength = 255;

    /// <summary>Longest name, in characters: what an S3 key may have.</summary>
    public const int MaxLength = 1024;

    /// <summary>A segment ending like this belongs to an unfinished upload on disk and never is part of a name.</summary>
    public const string TemporarySuffix = ".midst-tmp";

    private const string PointerMark = "_latest";

    /// <summary>Whether an object or a pointer may have this name.</summary>
    public static bool IsValid(string name) =>
        name.Length is > 0 and <= MaxLength && name.Split('/').All(IsValidSegment);

    /// <summary>Refuses what no object and no pointer may be named.</summary>
    public static void Validate(string name)
    {
        if (!IsValid(name))
            throw Refuse(name, $"'{name}' cannot name an object of a repository.");
    }

    /// <summary>Refuses names that cannot be written: invalid ones and those of pointers.</summary>
    public static void ValidateForWriting(string name)
    {
        Validate(name);
        if (IsPointer(name))
            throw Refuse(name, $"'{name}' is a name for a pointer, not for an object.");
    }

    /// <summary>
    /// Refuses what cannot be the beginning of a name. The empty prefix fits every name; a prefix may end inside a segment.
    /// </summary>
    public static void ValidatePrefix(string prefix)
    {
        string[] segments = prefix.Split('/');
        bool valid = prefix.Length <= MaxLength
            && segments[..^1].All(IsValidSegment)
            && segments[^1].All(IsAllowed);
        if (!valid)
            throw Refuse(prefix, $"'{prefix}' cannot be the beginning of an object's name.");
    }

    /// <summary>
    /// Whether the name is one for a pointer: its last segment is <c>&lt;something&gt;_latest</c> and then one or more
    /// extensions of letters and digits, as in <c>app_latest.sql.gz</c>. Dumps have a time after the database's name, with a
    /// '_' in it, so no database can be named such that its dumps look like pointers.
    /// </summary>
    public static bool IsPointer(string name)
    {
        string segment = name[(name.LastIndexOf('/') + 1)..];
        int mark = segment.LastIndexOf(PointerMark + ".", StringComparison.Ordinal);
        return mark > 0
            && segment[(mark + PointerMark.Length + 1)..].Split('.').All(
                extension => extension.Length > 0 && extension.All(char.IsAsciiLetterOrDigit));
    }

    /// <summary>Refuses a pointer that is not named like one, and a target that is no object beside it.</summary>
    public static void ValidatePointer(string name, string target)
    {
        ValidatePointer(name);
        ValidateForWriting(target);
        if (!string.Equals(DirectoryOf(name), DirectoryOf(target), StringComparison.Ordinal))
            throw Refuse(name, $"The pointer '{name}' and its target '{target}' must have the same prefix.");
    }

    /// <summary>Refuses a pointer that is not named like one.</summary>
    public static void ValidatePointer(string name)
    {
        Validate(name);
        if (!IsPointer(name))
            throw Refuse(name, $"'{name}' is not a name for a pointer (<name>_latest.<extension>).");
    }

    /// <summary>All segments but the last, with the '/' at the end; empty when there is one segment only.</summary>
    internal static string DirectoryOf(string name) => name[..(name.LastIndexOf('/') + 1)];

    // Windows drops a dot at the end, so "a." would be another object's name there.
    internal static bool IsValidSegment(string segment) =>
        segment.Length is > 0 and <= MaxSegmentLength
        && segment[^1] != '.'
        && !segment.EndsWith(TemporarySuffix, StringComparison.Ordinal)
        && segment.All(IsAllowed);

    private static bool IsAllowed(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '%' or '-';

    private static StorageException Refuse(string name, string message) =>
        new(ErrorIds.InvalidArgument, message, isPermanent: true, target: name);
}
