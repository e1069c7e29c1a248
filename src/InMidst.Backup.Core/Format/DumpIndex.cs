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

/// <summary>One frame.</summary>
public sealed record FrameEntry
{
    /// <summary>What it holds.</summary>
    public required FrameKind Kind { get; init; }

    /// <summary>First byte in the file.</summary>
    public required long Offset { get; init; }

    /// <summary>Bytes in the file.</summary>
    public required long Length { get; init; }

    /// <summary>Bytes after decompression.</summary>
    public required long RawLength { get; init; }

    /// <summary>XXH128 of the bytes in the file, 32 lower-case hex digits.</summary>
    public required string Hash { get; init; }

    /// <summary>Position in <see cref="DumpIndex.Tables"/>, for data frames.</summary>
    public int? Table { get; init; }

    /// <summary>Rows in a data frame.</summary>
    public long? Rows { get; init; }
}

/// <summary>One object of pg_dump's table of contents.</summary>
public sealed record TocEntryRecord
{
    /// <summary>pg_dump's tag, such as "profiles" or "TABLE profiles".</summary>
    public required string Name { get; init; }

    /// <summary>pg_dump's type, such as TABLE, FK CONSTRAINT, ACL.</summary>
    public required string Type { get; init; }

    /// <summary>Schema, or null where pg_dump writes "-".</summary>
    public string? Schema { get; init; }

    /// <summary>Owner, or null where pg_dump writes "-".</summary>
    public string? Owner { get; init; }

    /// <summary>The kind of the frame it stands in.</summary>
    public required FrameKind Frame { get; init; }

    /// <summary>Session settings that pg_dump changed before it and that are in force at it (default_tablespace …).</summary>
    public IReadOnlyDictionary<string, string>? Settings { get; init; }
}

/// <summary>One table's data.</summary>
public sealed record TableRecord
{
    /// <summary>Schema.</summary>
    public required string Schema { get; init; }

    /// <summary>Table.</summary>
    public required string Name { get; init; }

    /// <summary>Columns in the order of the COPY text; generated ones are not in it.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>Rows.</summary>
    public required long Rows { get; init; }

    /// <summary>Bytes of COPY text.</summary>
    public required long Bytes { get; init; }

    /// <summary>The <see cref="ContentChecksum"/>.</summary>
    public required string Checksum { get; init; }

    /// <summary>WHERE clause that chose the rows (extension configuration tables), or null for all.</summary>
    public string? Filter { get; init; }

    /// <summary>Schema of the partition root the rows are loaded through, where they cannot go straight into the leaf.</summary>
    public string? RootSchema { get; init; }

    /// <summary>Name of that partition root.</summary>
    public string? RootName { get; init; }
}

/// <summary>One sequence's value.</summary>
public sealed record SequenceRecord
{
    /// <summary>Schema.</summary>
    public required string Schema { get; init; }

    /// <summary>Sequence.</summary>
    public required string Name { get; init; }

    /// <summary>last_value.</summary>
    public required long LastValue { get; init; }

    /// <summary>is_called.</summary>
    public required bool IsCalled { get; init; }
}

/// <summary>One materialised view.</summary>
public sealed record MaterializedViewRecord
{
    /// <summary>Schema.</summary>
    public required string Schema { get; init; }

    /// <summary>View.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it held data in the source; its rows are computed again at a restore.</summary>
    public required bool IsPopulated { get; init; }
}
