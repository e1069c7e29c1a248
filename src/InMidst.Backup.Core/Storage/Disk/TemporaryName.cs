using System.Globalization;

namespace InMidst.Backup.Core.Storage.Disk;

/// <summary>
/// How an unfinished upload's file is named: <c>.&lt;name&gt;.&lt;32 hex digits&gt;.midst-tmp</c>, beside the place where it will stand.
/// Of a very long name only the beginning is kept, so that every legal name has a legal temporary one.
/// </summary>
internal static class TemporaryName
{
    private const int KeptLength = 200;
    private const int GuidLength = 32;

    /// <summary>A new temporary path for the path of an object or pointer.</summary>
    internal static string For(string path)
    {
        string fileName = Path.GetFileName(path);
        string kept = fileName.Length <= KeptLength ? fileName : fileName[..KeptLength];
        string temporary = string.Create(
            CultureInfo.InvariantCulture, $".{kept}.{Guid.NewGuid():N}{StorageName.TemporarySuffix}");
        return Path.Combine(Path.GetDirectoryName(path)!, temporary);
    }

    /// <summary>Whether the temporary file may be that of a name which starts so.</summary>
    internal static bool Fits(string intendedName, string prefix) =>
        intendedName.StartsWith(prefix, StringComparison.Ordinal)
        || (intendedName.Length == KeptLength && prefix.StartsWith(intendedName, StringComparison.Ordinal));

    /// <summary>What the finished file's name would be (its beginning, when that is very long); null for other files.</summary>
    internal static string? IntendedName(string fileName)
    {
        int tail = 1 + GuidLength + StorageName.TemporarySuffix.Length;
        bool matches = fileName.Length > tail + 1
            && fileName[0] == '.'
            && fileName[^tail] == '.'
            && fileName.EndsWith(StorageName.TemporarySuffix, StringComparison.Ordinal)
            && Guid.TryParseExact(fileName.AsSpan(fileName.Length - tail + 1, GuidLength), "N", out _);
        return matches ? fileName[1..^tail] : null;
    }
}
