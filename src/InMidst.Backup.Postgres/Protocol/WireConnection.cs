using System.Globalization;
using System.Net;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Copy;
using Npgsql;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>
/// One session for bulk streams. One operation at a time, but <see cref="CancelAsync"/>. SQL, rows and messages of the server are byte
/// strings: one char (0 to 255) is one byte, in whatever client_encoding the session sets for itself. Errors of the server are
/// <see cref="PostgresException"/>, after which the session goes on; a broken connection is a <see cref="NpgsqlException"/> with an
/// <see cref="IOException"/> inside. A cancelled operation ends at once and breaks the connection.
/// </summary>
internal sealed class WireConnection : IBulkCopy, IAsyncDisposable
{
    private static readonly TimeSpan TimeToStop = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan TimeToLeave = TimeSpan.FromSeconds(5);

    private readonly WireDoor _door;
    private readonly EndPoint _endPoint;
    private readonly WireSession _session;
    private int _isBusy;
    private bool _isDisposed;

    internal WireConnection(WireDoor door, EndPoint endPoint, WireSession session) => (_door, _endPoint, _session) = (door, endPoint, session);

    /// <summary>The server process that serves the session.</summary>
    public int ProcessId => _session.ProcessId;

    /// <summary>Major version of the server.</summary>
    public int ServerMajor =>
        Parameter("server_version") is { } version
        && int.TryParse(string.Concat(version.TakeWhile(char.IsAsciiDigit)), NumberStyles.None, CultureInfo.InvariantCulture, out int major) ? major : 0;

    /// <summary>Whether the session is over; every operation fails then.</summary>
    public bool IsBroken => _session.Link.IsBroken;

    /// <summary>Opens a session.</summary>
    /// <param name="address">The server.</param>
    /// <param name="database">Name of the database, taken literally.</param>
    /// <param name="options">What the session is for.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="BackupException">As <see cref="PostgresErrors.Translate"/> says, for a connection being opened.</exception>
    public static Task<WireConnection> OpenAsync(
        ServerAddress address, string database, WireOptions options, CancellationToken cancellationToken) =>
        WireOpening.RunAsync(address, database, options, cancellationToken);

    /// <summary>The latest value of a setting that the server reports by itself, such as client_encoding; null for the others.</summary>
    public string? Parameter(string name) => _session.Parameter(name);

    /// <summary>Runs statements as one simple query. Rows are dropped.</summary>
    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken) =>
        (await RunAsync(sql, keepRows: false, cancellationToken).ConfigureAwait(false)).OrThrow();

    /// <summary>Runs statements with small results as one simple query.</summary>
    /// <returns>The rows of all of them, values as PostgreSQL writes them.</returns>
    public async Task<List<string?[]>> QueryAsync(string sql, CancellationToken cancellationToken) =>
        (await RunAsync(sql, keepRows: true, cancellationToken).ConfigureAwait(false)).OrThrow().Rows!;

    /// <summary>
    /// Runs statements one after the other, each in a transaction of its own unless one is open, without waiting for each answer before
    /// the next is sent. All are run.
    /// </summary>
    /// <returns>Those that failed, in order.</returns>
    public Task<IReadOnlyList<StatementFailure>> ExecuteEachAsync(IReadOnlyList<string> statements, CancellationToken cancellationToken) =>
        ExclusivelyAsync(() => StatementBatch.RunEachAsync(_session, statements, cancellationToken));

    /// <summary>
    /// Runs statements in one simple query, which is one transaction unless one is open: all, or up to the first that fails. None may be
    /// empty or more than one statement.
    /// </summary>
    /// <returns>The one that failed, or null.</returns>
    public async Task<StatementFailure?> ExecuteTogetherAsync(IReadOnlyList<string> statements, CancellationToken cancellationToken)
    {
        if (statements.Count == 0)
            return null;
        StatementResults results = await RunAsync(StatementBatch.Join(statements), keepRows: false, cancellationToken).ConfigureAwait(false);
        return results.Error is null ? null : StatementBatch.Blame(statements, results, _session.Parameter("client_encoding"));
    }

    /// <inheritdoc/>
    public async Task<Stream> BeginCopyOutAsync(string command, CancellationToken cancellationToken)
    {
        StatementResults? results = await BeginAsync(command, MessageType.CopyOutResponse, cancellationToken).ConfigureAwait(false);
        if (results is not null)
            throw new InvalidOperationException("The statement is no COPY … TO STDOUT.");
        return new WireCopyOut(_session, StopAsync, Leave);
    }

    /// <summary>Runs a COPY … FROM STDIN.</summary>
    /// <param name="command">The statement, as a byte string.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    public async Task<WireCopyIn> BeginCopyInAsync(string command, CancellationToken cancellationToken)
    {
        StatementResults? results = await BeginAsync(command, MessageType.CopyInResponse, cancellationToken).ConfigureAwait(false);
        if (results is not null)
            throw new InvalidOperationException("The statement is no COPY … FROM STDIN.");
        return new WireCopyIn(_session, TimeToStop, Leave);
    }

    /// <summary>Runs a command that copies both ways, such as START_REPLICATION.</summary>
    /// <param name="command">The command, as a byte string.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <returns>The messages; at its end already where the server had none to send and gave results only.</returns>
    public async Task<CopyBoth> BeginCopyBothAsync(string command, CancellationToken cancellationToken)
    {
        StatementResults? results = await BeginAsync(command, MessageType.CopyBothResponse, cancellationToken).ConfigureAwait(false);
        return results is null ? new CopyBoth(_session, Leave) : new CopyBoth(_session, results.Rows!, Leave);
    }

    /// <summary>
    /// Asks the server, on a connection of its own, to stop what the session is doing; that then fails with SQLSTATE 57014, if it was
    /// not done before. May be called while another operation runs.
    /// </summary>
    public Task CancelAsync(CancellationToken cancellationToken) => CancelRequest.SendAsync(_door, _endPoint, _session, cancellationToken);

    /// <summary>Ends the session. A server that is still at work on what was cancelled here is asked to stop.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        using var limit = new CancellationTokenSource(TimeToLeave);
        try
        {
            if (_session.Link.WasAbandoned || (!IsBroken && _isBusy != 0))
                await CancelAsync(limit.Token).ConfigureAwait(false);
            else if (!IsBroken)
                await _session.Writer.Begin(MessageType.Terminate).End().FlushAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or BackupException || PostgresErrors.IsServerFailure(e, CancellationToken.None))
        {
            // Closing the connection says the same, only later.
        }
        finally
        {
            await _session.Link.DisposeAsync().ConfigureAwait(false);
        }
    }

    private Task<StatementResults> RunAsync(string sql, bool keepRows, CancellationToken cancellationToken) => ExclusivelyAsync(async () =>
    {
        _session.Writer.Query(sql);
        await _session.Writer.FlushAsync(cancellationToken).ConfigureAwait(false);
        return await _session.ReadResultsAsync(first: null, keepRows, cancellationToken).ConfigureAwait(false);
    });

    /// <summary>Begins a copy, and keeps the session for it.</summary>
    /// <returns>Null; or what the statement gave instead, and then the session is free.</returns>
    private async Task<StatementResults?> BeginAsync(string command, byte wanted, CancellationToken cancellationToken)
    {
        bool begun = false;
        Enter();
        try
        {
            _session.Writer.Query(command);
            await _session.Writer.FlushAsync(cancellationToken).ConfigureAwait(false);
            MessageHeader header = await _session.NextAsync(cancellationToken).ConfigureAwait(false);
            if (header.Type != wanted)
                return (await _session.ReadResultsAsync(header, keepRows: true, cancellationToken).ConfigureAwait(false)).OrThrow();
            await _session.Reader.SkipBodyAsync(header, cancellationToken).ConfigureAwait(false);
            begun = true;
            return null;
        }
        catch (NpgsqlException e) when (e is not PostgresException)
        {
            _session.Link.Break(e);
            throw;
        }
        finally
        {
            if (!begun)
                Leave();
        }
    }

    /// <summary>Makes the server give up a COPY TO whose rows nobody wants, so that the session can go on.</summary>
    private async Task StopAsync()
    {
        using var limit = new CancellationTokenSource(TimeToStop);
        await CancelAsync(limit.Token).ConfigureAwait(false);
        await _session.Reader.SkipCopyDataAsync(limit.Token).ConfigureAwait(false);
        // It either was cancelled or had come to its end before.
        await _session.ReadResultsAsync(first: null, keepRows: false, limit.Token).ConfigureAwait(false);
    }

    private async Task<T> ExclusivelyAsync<T>(Func<Task<T>> action)
    {
        Enter();
        try
        {
            return await action().ConfigureAwait(false);
        }
        catch (NpgsqlException e) when (e is not PostgresException)
        {
            _session.Link.Break(e);
            throw;
        }
        finally
        {
            Leave();
        }
    }

    private void Enter()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _session.Link.ThrowIfBroken();
        if (Interlocked.Exchange(ref _isBusy, 1) != 0)
            throw new InvalidOperationException("The session is in the middle of another operation.");
    }

    private void Leave() => Interlocked.Exchange(ref _isBusy, 0);
}
