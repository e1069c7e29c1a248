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
/// Backs up one database into one or several repositories in one pass. The backup exists where its manifest does, which is written last;
/// whatever fails before leaves a repository as it was.
/// </summary>
public sealed class DatabaseDump
{
    private readonly DumpOptions _options;
    private readonly IReadOnlyList<IStorage> _storages;
    private readonly TimeProvider _clock;
    private readonly Action<string> _warn;
    private readonly Action<IStorage, BackupException> _dropped;

    /// <summary>Makes the operation.</summary>
    /// <param name="options">What to dump.</param>
    /// <param name="storages">Where to, at least one.</param>
    /// <param name="clock">Gives the backup its time.</param>
    /// <param name="warn">Told what the user should know though the backup succeeds.</param>
    /// <param name="dropped">Told of each repository that failed while the backup went on into others.</param>
    public DatabaseDump(
        DumpOptions options, IReadOnlyList<IStorage> storages, TimeProvider clock, Action<string> warn, Action<IStorage, BackupException> dropped)
    {
        _options = options;
        _storages = storages;
        _clock = clock;
        _warn = warn;
        _dropped = dropped;
    }

    /// <summary>Runs the backup.</summary>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Stops it promptly; nothing of it remains.</param>
    /// <returns>The backup in each repository that has it now, in the order in which they were given.</returns>
    /// <exception cref="BackupException">With the id of what went wrong; no repository has the backup.</exception>
    public async Task<IReadOnlyList<BackupRecord>> RunAsync(IProgress<OperationProgress> progress, CancellationToken cancellationToken)
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

    private async Task<IReadOnlyList<BackupRecord>> RunAsync(
        SourceSession session, DateTimeOffset started, IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        PostgresInstallation installation = await PostgresInstallations.ForDumpAsync(
            session.Identity.Major, _options.BinDirectories, cancellationToken).ConfigureAwait(false);
        var destinations = new BackupDestinations(_storages, _clock, _warn, _dropped);
        await using (destinations.ConfigureAwait(false))
        {
            await destinations.LockAsync(_options.Database, SeriesKey(session), cancellationToken).ConfigureAwait(false);
            string id = await destinations.ReserveIdAsync(_options.Database, started, cancellationToken).ConfigureAwait(false);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, destinations.Lost);
            try
            {
                var pgDump = new PgDump(_options, session.Text.EncodingName, installation);
                return await WriteAsync(session, pgDump, destinations, id, started, progress, stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (destinations.Lost.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                destinations.ThrowIfLost();
                throw;
            }
        }
    }

    private string SeriesKey(SourceSession session) =>
        LockKeys.Series(new SeriesRecord(session.Identity.SystemIdentifier?.ToString(CultureInfo.InvariantCulture), _options.Database));

    private async Task<IReadOnlyList<BackupRecord>> WriteAsync(
        SourceSession session, PgDump pgDump, BackupDestinations destinations, string id, DateTimeOffset started,
        IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        string fileName = id + Extension();
        await destinations.EachAsync(destination => destination.NameAsync(_options.Database, fileName, cancellationToken)).ConfigureAwait(false);
        MemoryStream? globals = null;
        try
        {
            // After the rows it might be too late: the password may be a token that lives some minutes.
            BackupManifest manifest = await new DumpAttempt(_options, destinations, _clock, _warn, progress).WriteAsync(
                session, pgDump, id, started,
                async token => globals ??= await ReadGlobalsAsync(pgDump, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            if (globals is not null)
                await WriteGlobalsAsync(globals, destinations, cancellationToken).ConfigureAwait(false);
            return await destinations.PublishAsync(manifest, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (globals is not null)
                await globals.DisposeAsync().ConfigureAwait(false);
        }
    }

    private string Extension() =>
        FrameCodec.For(_options.Compression).Extension + (_options.Recipients.Count > 0 ? BackupName.EncryptedSuffix : "");

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

    private async Task WriteGlobalsAsync(MemoryStream text, BackupDestinations destinations, CancellationToken cancellationToken)
    {
        byte[] file = await GlobalsFile.MakeAsync(FrameCodec.For(_options.Compression), text, _options.Recipients, cancellationToken).ConfigureAwait(false);
        await destinations.EachAsync(destination => destination.WriteGlobalsAsync(file, cancellationToken)).ConfigureAwait(false);
    }
}
