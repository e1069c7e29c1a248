using System.Globalization;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Protocol;
using InMidst.Backup.Postgres.Script;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>The connections to the database that is filled, all opened before the first row is read: a password may be a token that ends soon.</summary>
internal sealed class RestoreSessions : IAsyncDisposable
{
    private readonly List<WireConnection> _connections = [];
    private readonly List<ScriptLoader> _loaders = [];

    private readonly TargetDatabase _target;

    private RestoreSessions(TargetDatabase target) => _target = target;

    /// <summary>A loader for each connection.</summary>
    public IReadOnlyList<ScriptLoader> Loaders => _loaders;

    /// <summary>The connection that does what only one may do.</summary>
    public WireConnection First => _connections[0];

    /// <summary>Opens the connections and applies the dump's settings.</summary>
    /// <param name="target">The database.</param>
    /// <param name="count">How many are of use.</param>
    /// <param name="header">The settings.</param>
    /// <param name="options">What is restored, and as whom.</param>
    /// <param name="warn">Told when the server has room for fewer; called by one at a time, and not twice with the same words.</param>
    /// <param name="show">Told what is being made.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<RestoreSessions> OpenAsync(
        TargetDatabase target, int count, IReadOnlyList<ScriptItem> header, RestoreOptions options, Action<string> warn, Action<string> show,
        CancellationToken cancellationToken)
    {
        var sessions = new RestoreSessions(target);
        var once = new WarnOnce(warn);
        try
        {
            while (sessions._connections.Count < count && await sessions.TryAddAsync(count, once.Warn, cancellationToken).ConfigureAwait(false))
            {
                var loader = new ScriptLoader(sessions._connections[^1], once.Warn, show, options);
                sessions._loaders.Add(loader);
                await loader.BecomeAsync(cancellationToken).ConfigureAwait(false);
                await loader.RunAsync(header, place: null, cancellationToken).ConfigureAwait(false);
            }

            return sessions;
        }
        catch
        {
            await sessions.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Interrupts what the connections do when the token is cancelled, until the result is disposed.</summary>
    public Interruption InterruptOn(CancellationToken cancellationToken) =>
        _target.InterruptOn(_connections.Select(c => c.ProcessId), cancellationToken);

    /// <summary>Ends the sessions.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (WireConnection connection in _connections)
            await connection.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<bool> TryAddAsync(int count, Action<string> warn, CancellationToken cancellationToken)
    {
        try
        {
            _connections.Add(await _target.ConnectAsync(count, cancellationToken).ConfigureAwait(false));
            return true;
        }
        catch (BackupException e) when (e.Id == ErrorIds.TooManyConnections && _connections.Count > 0)
        {
            warn(string.Create(CultureInfo.InvariantCulture,
                $"The server has room for {_connections.Count} instead of {count} connections; the restore goes on with those: {e.Message}"));
            return false;
        }
    }

    private sealed class WarnOnce(Action<string> warn)
    {
        private readonly Lock _lock = new();
        private readonly HashSet<string> _told = [];

        public void Warn(string message)
        {
            lock (_lock)
            {
                if (_told.Add(message))
                    warn(message);
            }
        }
    }
}
