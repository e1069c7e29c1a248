using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Copy;
using Npgsql;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>
/// Copies the rows of all tables on several connections at once, which all see the one snapshot. A table that somebody waits for
/// exclusively is left to the exporter's connection.
/// </summary>
internal sealed class DataCopy(SourceSession session, DumpOptions options, DumpFileWriter writer, DataProgress progress, Action<string> warn)
{
    private readonly ConcurrentQueue<DataSlice> _slices = new();
    private readonly ContentChecksum[] _sums = [.. session.Tables.Select(_ => new ContentChecksum())];

    /// <summary>Copies them. What fails first ends it all, and is what is thrown.</summary>
    /// <param name="cancellationToken">Stops all connections and waits until they have stopped.</param>
    /// <returns>A record for each of the session's tables, in their order.</returns>
    public async Task<List<TableRecord>> RunAsync(CancellationToken cancellationToken)
    {
        List<DataSlice> slices = SlicePlan.Make(session.Tables, options.Workers, options.SliceLength);
        var workers = new List<WorkerConnection>();
        try
        {
            await OpenAsync(workers, Math.Min(options.Workers, slices.Count), cancellationToken).ConfigureAwait(false);
            if (workers.Count == 0)
                slices = SlicePlan.Make(session.Tables, workers: 1, options.SliceLength);
            foreach (IGrouping<bool, DataSlice> phase in slices.GroupBy(s => s.Table.LoadsLast).OrderBy(p => p.Key))
            {
                foreach (DataSlice slice in phase)
                    _slices.Enqueue(slice);
                await RunAsync(workers, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            foreach (WorkerConnection worker in workers)
                await worker.DisposeAsync().ConfigureAwait(false);
        }

        return [.. session.Tables.Select((table, position) => table.ToRecord(session.Text, _sums[position]))];
    }

    /// <summary>All before the first row is read: a password may be a token that does not live long.</summary>
    private async Task OpenAsync(List<WorkerConnection> workers, int wanted, CancellationToken cancellationToken)
    {
        try
        {
            while (workers.Count < wanted)
                workers.Add(await WorkerConnection.OpenAsync(options, session, now: false, cancellationToken).ConfigureAwait(false));
        }
        catch (BackupException e) when (e.Id == ErrorIds.TooManyConnections)
        {
            string had = workers.Count == 0 ? "None" : string.Create(CultureInfo.InvariantCulture, $"Only {workers.Count}");
            warn(string.Create(CultureInfo.InvariantCulture, $"{had} of {wanted} more connections could be had to read rows; the backup takes longer. {e.Message}"));
        }
        catch (BackupException e) when (e.Id == ErrorIds.ServersDiffer)
        {
            // A lost exporter takes its snapshot along: then the loss is what is to be told.
            await session.EnsureAliveAsync(cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    private async Task RunAsync(List<WorkerConnection> workers, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var refused = Channel.CreateUnbounded<DataSlice>(new UnboundedChannelOptions { SingleReader = true });
        var exporter = new ExporterConnection(session);
        List<Task> reading = [.. workers.Select(worker => DedicatedThread.RunAsync(() => Read(worker, refused.Writer, stop.Token)))];
        if (workers.Count == 0)
            reading.Add(DedicatedThread.RunAsync(() => Read(exporter, refused.Writer, stop.Token)));
        else
            reading.Add(Task.Run(() => ReadRefusedAsync(exporter, refused.Reader, stop.Token), CancellationToken.None));
        int left = workers.Count;
        Task? failed = null;
        await foreach (Task ended in Task.WhenEach(reading).ConfigureAwait(false))
        {
            if (ended.IsCompletedSuccessfully)
            {
                // The last worker to end leaves nothing more to the exporter.
                if (--left == 0)
                    refused.Writer.Complete();
            }
            else
            {
                failed ??= ended;
                await stop.CancelAsync().ConfigureAwait(false);
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (failed is not null)
            await ThrowAsync(failed, exporter, cancellationToken).ConfigureAwait(false);
    }

    private void Read(DataConnection connection, ChannelWriter<DataSlice> refused, CancellationToken cancellationToken)
    {
        var data = new TableData(connection.Copy, writer);
        while (_slices.TryDequeue(out DataSlice? slice))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (DedicatedThread.Wait(connection.TryEnterAsync(slice, cancellationToken)))
                Copy(connection, data, slice, cancellationToken);
            else
                refused.TryWrite(slice);
        }
    }

    private async Task ReadRefusedAsync(ExporterConnection exporter, ChannelReader<DataSlice> refused, CancellationToken cancellationToken)
    {
        TableData? data = null;
        await foreach (DataSlice slice in refused.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            data ??= new TableData(exporter.Copy, writer);
            await exporter.TryEnterAsync(slice, cancellationToken).ConfigureAwait(false);
            TableData reader = data;
            await DedicatedThread.RunAsync(() => Copy(exporter, reader, slice, cancellationToken)).ConfigureAwait(false);
        }
    }

    private void Copy(DataConnection connection, TableData data, DataSlice slice, CancellationToken cancellationToken)
    {
        ContentChecksum rows;
        try
        {
            rows = data.Copy(slice, progress.Begin(slice), cancellationToken);
        }
        catch (PostgresException e) when (OversizedRow.Explains(e))
        {
            string? place = DedicatedThread.Wait(FindRowAsync(slice, data.RowsRead, exporterIsLost: connection is ExporterConnection, cancellationToken));
            // Memory may also have been short for other reasons.
            if (place is null && e.SqlState == PostgresErrorCodes.OutOfMemory)
                throw;
            throw RowTooLarge(slice, place, e);
        }

        DedicatedThread.Wait(new ValueTask(connection.LeaveAsync(slice, cancellationToken)));
        lock (_sums)
            _sums[slice.Position].Add(rows);
    }

    private async Task<string?> FindRowAsync(DataSlice slice, long rowsBefore, bool exporterIsLost, CancellationToken cancellationToken)
    {
        try
        {
            WorkerConnection worker = await WorkerConnection.OpenAsync(options, session, exporterIsLost, cancellationToken).ConfigureAwait(false);
            await using (worker.ConfigureAwait(false))
            {
                return await OversizedRow.FindAsync(worker, slice, rowsBefore, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is BackupException || PostgresErrors.IsServerFailure(e, cancellationToken))
        {
            return null; // the backup ends because of the row all the same
        }
    }

    private BackupException RowTooLarge(DataSlice slice, string? place, PostgresException cause)
    {
        string table = session.Text.Decode(slice.Table.Qualified);
        string row = place is null ? $"A row of {table}" : $"The row of {table} with ctid {place}";
        return new BackupException(ErrorIds.RowTooLarge,
            $"{row} is too large for the server to write as text: {session.Text.Decode(cause.MessageText)}", cause, target: table);
    }

    /// <summary>Throws what the first to fail had; where the exporter knows more, what that says.</summary>
    private async Task ThrowAsync(Task failed, ExporterConnection exporter, CancellationToken cancellationToken)
    {
        try
        {
            await failed.ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Id == ErrorIds.ServersDiffer && exporter.IsIdle)
        {
            await session.EnsureAliveAsync(cancellationToken).ConfigureAwait(false);
            throw;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected && exporter.IsIdle)
        {
            throw await session.TableLockedAsync(e, cancellationToken).ConfigureAwait(false);
        }
    }
}
