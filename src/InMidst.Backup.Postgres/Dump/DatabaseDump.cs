using System.Globalization;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Globals;
using InMidst.Backup.Postgres.Installations;
using InMidst.Backup.Postgres.Text;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>
/// Backs up one database into one repository. The backup exists when its manifest does, which is written last; whatever fails
/// before leaves the repository as it was.
/// </summary>
public sealed class DatabaseDump
{
    private readonly DumpOptions _options;
    private readonly IStorage _storage;
    private readonly TimeProvider _clock;
    private readonly Action<string> _warn;
    /// <summary>Makes the operation.</summary>
    /// <param name="options">What to dump.</param>
    /// <param name="storage">Where to.</param>
    /// <param name="clock">Gives the backup its time.</param>
    /// <param name="warn">Told what the user should know though the backup succeeds.</param>
    public DatabaseDump(DumpOptions options, IStorage storage, TimeProvider clock, Action<string> warn)
    {
        _options = options;
        _storage = storage;
        _clock = clock;
        _warn = warn;
    }

    /// <summary>Runs the backup.</summary>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Stops it promptly; nothing of it remains.</param>
    /// <exception cref="BackupException">With the id of what went wrong.</exception>
    public async Task<BackupRecord> RunAsync(IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        DateTimeOffset started = _clock.GetUtcNow();
        DatabaseText? text = null;
        try
        {
            SourceSession session = await SourceSession.OpenAsync(_options, progress, _clock, cancellationToken).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                text = session.Text;
                return await RunAsync(session, started, progress, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (PostgresErrors.IsServerFailure(e, cancellationToken))
        {
            throw PostgresErrors.Translate(e, _options.Address, _options.Database, text?.Encoding);
        }
    }

    private async Task<BackupRecord> RunAsync(
        SourceSession session, DateTimeOffset started, IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        PostgresInstallation installation = await PostgresInstallations.ForDumpAsync(
            session.Identity.Major, _options.BinDirectories, cancellationToken).ConfigureAwait(false);
        await _storage.InitializeAsync(cancellationToken).ConfigureAwait(false);
        RepositoryLock held = await RepositoryLock.AcquireAsync(
            _storage, SeriesKey(session), $"backup of {_options.Database}", _clock, _warn, cancellationToken).ConfigureAwait(false);
        await using (held.ConfigureAwait(false))
        {
            await new Leftovers(_storage, _options.Database, _clock, _warn).RemoveAsync(held, SeriesKey(session), cancellationToken).ConfigureAwait(false);
            (string id, RepositoryLock nameLock) = await BackupIdReservation.MakeAsync(
                _storage, _options.Database, started, _clock, _warn, cancellationToken).ConfigureAwait(false);
            await using (nameLock.ConfigureAwait(false))
            {
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, held.Lost);
                try
                {
                    return await WriteAsync(session, new PgDump(_options, session.Text.EncodingName, installation), held, id, started, progress, stop.Token).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (held.Lost.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
                {
                    held.ThrowIfLost();
                    throw;
                }
            }
        }
    }

    private string SeriesKey(SourceSession session) =>
        string.Create(CultureInfo.InvariantCulture, $"{BackupName.Encode(_options.Database)}-{session.Identity.SystemIdentifier ?? 0}");

    private string DataName(string id) => BackupName.Prefix(_storage.Properties, _options.Database) + id + FrameCodec.For(_options.Compression).Extension;

    private async Task<BackupRecord> WriteAsync(
        SourceSession session, PgDump pgDump, RepositoryLock held, string id, DateTimeOffset started,
        IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        string dataName = DataName(id);
        string globalsName = BackupName.Globals(dataName);
        await held.SetWritingAsync([dataName, globalsName], cancellationToken).ConfigureAwait(false);
        bool complete = false;
        MemoryStream? globals = null;
        try
        {
            // After the rows it might be too late: the password may be a token that lives some minutes.
            (BackupManifest manifest, StorageEntry data) = await new DumpAttempt(_options, _storage, _clock, _warn, progress).WriteAsync(
                session, pgDump, id, dataName, started,
                async token => globals ??= await ReadGlobalsAsync(pgDump, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            if (globals is not null)
                manifest = manifest with { Objects = [.. manifest.Objects, await WriteGlobalsAsync(globals, globalsName, cancellationToken).ConfigureAwait(false)] };
            await held.EnsureHeldAsync(cancellationToken).ConfigureAwait(false);
            await new BackupRepository(_storage, _warn).WriteManifestAsync(dataName, manifest, cancellationToken).ConfigureAwait(false);
            complete = true;
            await PointAtAsync(dataName, cancellationToken).ConfigureAwait(false);
            return new BackupRecord
            {
                Id = id, Storage = _storage, Data = data, Manifest = manifest, Database = _options.Database, Started = started,
            };
        }
        finally
        {
            globals?.Dispose();
            if (!complete)
                await DiscardAsync(dataName, globalsName).ConfigureAwait(false);
        }
    }

    /// <summary>Roles and tablespaces. Where they cannot be had the dump is worth having without.</summary>
    private async Task<MemoryStream?> ReadGlobalsAsync(PgDump pgDump, CancellationToken cancellationToken)
    {
        if (_options.ExcludeGlobals)
            return null;
        try
        {
            return await new GlobalsReader(pgDump, _options, _warn).ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is BackupException || PostgresErrors.IsServerFailure(e, cancellationToken))
        {
            _warn($"The roles and tablespaces of the server are not in this backup: {e.Message}");
            return null;
        }
    }

    private Task<ObjectRecord> WriteGlobalsAsync(MemoryStream text, string name, CancellationToken cancellationToken) =>
        GlobalsFile.WriteAsync(_storage, name, FrameCodec.For(_options.Compression), text, recipients: [], cancellationToken);

    private async Task PointAtAsync(string dataName, CancellationToken cancellationToken)
    {
        try
        {
            string prefix = BackupName.Prefix(_storage.Properties, _options.Database);
            foreach (CompressionKind kind in Enum.GetValues<CompressionKind>())
            {
                string pointer = prefix + BackupName.Latest(_options.Database, FrameCodec.For(kind).Extension);
                if (kind == _options.Compression)
                    await _storage.SetPointerAsync(pointer, dataName, cancellationToken).ConfigureAwait(false);
                else
                    await _storage.DeletePointerAsync(pointer, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is StorageException or OperationCanceledException)
        {
            _warn($"The backup is complete, but the pointer to the latest one could not be set: {e.Message}");
        }
    }

    /// <summary>
    /// In reverse: a manifest that was written although the storage said no must go before what it describes. Where it cannot be
    /// removed the rest stays too, and is a whole backup if the manifest is there.
    /// </summary>
    private async Task DiscardAsync(string dataName, string globalsName)
    {
        try
        {
            foreach (string name in (string[])[dataName + BackupName.ManifestSuffix, globalsName, dataName])
                await _storage.DeleteAsync(name, CancellationToken.None).ConfigureAwait(false);
        }
        catch (StorageException e)
        {
            _warn($"What the failed backup left could not be removed; the next run will: {e.Message}");
        }
    }
}
