using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Core.Repositories.Copying;

/// <summary>Into which objects a dump is divided in the target.</summary>
internal static class CopyPlan
{
    /// <summary>One object where it fits; else the source's objects where these fit; else as few as there can be.</summary>
    /// <param name="dataName">The dump's name in the target.</param>
    /// <param name="source">The dump's objects in the source.</param>
    /// <param name="maximum">Bytes one object may have in the target.</param>
    public static IReadOnlyList<CopyPart> Make(string dataName, IReadOnlyList<ObjectRecord> source, long? maximum)
    {
        long total = source.Sum(o => o.Length);
        if (maximum is null || total <= maximum)
            return [new CopyPart(dataName, 0, total)];
        var parts = new List<CopyPart>();
        bool fits = source.All(o => o.Length <= maximum);
        for (long offset = 0; offset < total; offset = parts[^1].End)
            parts.Add(new CopyPart(BackupName.Part(dataName, parts.Count), offset, fits ? source[parts.Count].Length : Math.Min(maximum.Value, total - offset)));
        return parts;
    }
}
