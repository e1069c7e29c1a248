using System.Globalization;

namespace InMidst.Backup.Core.Format;

/// <summary>Everything about one dump that a reader may want beyond its manifest; it lies compressed in the trailer.</summary>
public sealed record DumpIndex
{
    /// <summary>Version of the dump format.</summary>
    public int Format { get; init; } = BackupManifest.CurrentFormat;

    /// <summary>The manifest without objects and index, from which a lost manifest is rebuilt.</summary>
    public required BackupManifest Backup { get; init; }

    /// <summary>Every frame in order, the index and tail frames excepted.</summary>
    public required IReadOnlyList<FrameEntry> Frames { get; init; }

    /// <summary>Every object of pg_dump's table of contents, in the order of the file.</summary>
    public required IReadOnlyList<TocEntryRecord> Entries { get; init; }

    /// <summary>Every table whose data is in the dump.</summary>
    public required IReadOnlyList<TableRecord> Tables { get; init; }

    /// <summary>Every sequence whose value is in the dump.</summary>
    public required IReadOnlyList<SequenceRecord> Sequences { get; init; }

    /// <summary>Materialised views and whether they were populated.</summary>
    public required IReadOnlyList<MaterializedViewRecord> MaterializedViews { get; init; }

    /// <summary>Constraints that were NOT VALID in the source, as schema.table.constraint: they are so after a restore as well.</summary>
    public required IReadOnlyList<string> NotValidConstraints { get; init; }

    /// <summary>Says in words that a frame is damaged: where it begins and what is in it.</summary>
    /// <param name="frame">One of <see cref="Frames"/>.</param>
    public string DescribeDamage(FrameEntry frame)
    {
        string what = frame.Table is { } table ? $"{frame.Kind} of {Tables[table].Schema}.{Tables[table].Name}" : frame.Kind.ToString();
        return string.Create(CultureInfo.InvariantCulture, $"The frame at byte {frame.Offset:N0} ({what}) is damaged.");
    }
}
