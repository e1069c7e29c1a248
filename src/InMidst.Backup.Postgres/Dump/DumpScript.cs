using System.Text;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Copy;
using InMidst.Backup.Postgres.Script;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>Writes all frames of a dump in their order, reading schema and data under one snapshot.</summary>
internal sealed class DumpScript(
    SourceSession session, PgDump pgDump, DumpFileWriter writer, DumpOptions options, IProgress<OperationProgress> progress, Action<string> warn)
{
    // money in the data is written under the C locale; the schema's own text stays in the database's.
    private static readonly byte[] MonetaryOfData = Encoding.Latin1.GetBytes($"SET lc_monetary = '{PinnedSession.Monetary}';\n\n");
    private static readonly byte[] MonetaryOfSchema = "RESET lc_monetary;\n\n"u8.ToArray();

    private long _bytes;

    /// <summary>Tables as written.</summary>
    public List<TableRecord> Tables { get; } = [];

    /// <summary>Sequences as written.</summary>
    public List<SequenceRecord> Sequences { get; } = [];

    /// <summary>Large objects as written.</summary>
    public LargeObjects.Summary LargeObjectSummary { get; private set; } = new(0, 0, new string('0', 32));

    /// <summary>All entries of the schema.</summary>
    public List<TocEntry> Entries { get; } = [];

    /// <summary>Writes everything up to the trailer.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        (SchemaSection preData, SchemaSection postData) = await session.WatchedAsync(
            "Reading the schema", () => ReadSchemaAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        await session.EnsureSchemaUnchangedAsync(cancellationToken).ConfigureAwait(false);
        Entries.AddRange(preData.Entries);
        Entries.AddRange(postData.Entries);
        HashSet<string> known = await SourceFacts.ReadSettingNamesAsync(session.Connection, cancellationToken).ConfigureAwait(false);
        await writer.WriteFrameAsync(FrameKind.Header, Header(preData.Preamble, known), cancellationToken).ConfigureAwait(false);
        byte[] schema = [.. SchemaWriter.Write(Entries, FrameKind.PreData) ?? [], .. MonetaryOfData];
        await writer.WriteFrameAsync(FrameKind.PreData, schema, cancellationToken).ConfigureAwait(false);
        await WriteTablesAsync(cancellationToken).ConfigureAwait(false);
        await WriteSequencesAsync(cancellationToken).ConfigureAwait(false);
        await WriteLargeObjectsAsync(cancellationToken).ConfigureAwait(false);
        foreach (FrameKind kind in (FrameKind[])
            [FrameKind.IndexesAndConstraints, FrameKind.ForeignKeys, FrameKind.Policies, FrameKind.Privileges, FrameKind.MaterializedViews, FrameKind.EventTriggers])
        {
            await WriteSchemaAsync(kind, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<(SchemaSection PreData, SchemaSection PostData)> ReadSchemaAsync(CancellationToken cancellationToken)
    {
        try
        {
            ReadOnlyMemory<byte> archive = await pgDump.ReadSchemaAsync(session.Snapshot, cancellationToken).ConfigureAwait(false);
            return (await pgDump.ReadSectionAsync(archive, FrameKind.PreData, cancellationToken).ConfigureAwait(false),
                await pgDump.ReadSectionAsync(archive, FrameKind.IndexesAndConstraints, cancellationToken).ConfigureAwait(false));
        }
        catch (BackupException e) when (e.Id == ErrorIds.TableLocked)
        {
            throw await session.TableLockedAsync(e, cancellationToken).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Id == ErrorIds.PgDumpFailed)
        {
            // A lost session takes its snapshot along, which pg_dump then cannot find: the loss is what is to be told.
            // It also stumbles over what was dropped since the snapshot.
            await session.EnsureSchemaUnchangedAsync(cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    private byte[] Header(IReadOnlyList<string> preamble, HashSet<string> knownSettings)
    {
        var text = new StringBuilder();
        text.Append(DumpFile.Signature).Append(BackupManifest.CurrentFormat).Append($"""
            , written by {options.Tool}
            -- Dumped from database version {session.Identity.Version}
            -- Dumped by pg_dump version {pgDump.Version} and COPY
            --
            -- It is plain SQL: decompress it into psql -v ON_ERROR_STOP=1 DATABASE
            -- It is complete only if its last line is the one PostgreSQL's own dumps end with.


            """.ReplaceLineEndings("\n"));
        foreach (string statement in preamble)
        {
            // A newer pg_dump sets what this server's major does not know yet; the file must load there.
            if (!StatementInfo.TryParseSet(statement, out string name, out _) || knownSettings.Contains(name))
                text.Append(statement).Append(";\n");
        }

        return Encoding.Latin1.GetBytes(text.Append('\n').ToString());
    }

    private async Task WriteSchemaAsync(FrameKind kind, CancellationToken cancellationToken)
    {
        if (SchemaWriter.Write(Entries, kind) is { } text)
            await writer.WriteFrameAsync(kind, text, cancellationToken).ConfigureAwait(false);
    }

    private async Task WriteTablesAsync(CancellationToken cancellationToken)
    {
        var data = new DataProgress(progress, session.Text, session.Tables.Sum(t => t.SizeOnDisk));
        Tables.AddRange(await new DataCopy(session, options, writer, data, warn).RunAsync(cancellationToken).ConfigureAwait(false));
        _bytes = data.Bytes;
    }

    private async Task WriteSequencesAsync(CancellationToken cancellationToken)
    {
        Sequences.AddRange(session.Sequences.Select(v => v.ToRecord(session.Text)));
        byte[] text = [.. MonetaryOfSchema, .. SequenceValues.Write(session.Sequences)];
        await writer.WriteFrameAsync(FrameKind.Sequences, text, cancellationToken).ConfigureAwait(false);
    }

    private async Task WriteLargeObjectsAsync(CancellationToken cancellationToken)
    {
        var frames = new LargeObjectFrames(writer, read =>
        {
            _bytes += read;
            progress.Report(new OperationProgress("large objects", _bytes, 1));
        });
        LargeObjectSummary = await LargeObjects.ReadAsync(session.Connection, frames, cancellationToken).ConfigureAwait(false);
        await frames.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }
}
