using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// Interrupts, when a token says so, what sessions are doing. The client can stop a statement by itself, but not a COPY whose rows were
/// all sent: the server may still be busy with them for hours.
/// </summary>
internal sealed class Interruption : IAsyncDisposable
{
    private readonly MaintenanceSession _maintenance;
    private readonly int[] _processes;
    private readonly CancellationTokenRegistration _registration;
    private Task _done = Task.CompletedTask;

    /// <summary>Begins to listen to the token.</summary>
    /// <param name="maintenance">A session that does nothing else meanwhile.</param>
    /// <param name="processes">The server's processes of the sessions.</param>
    /// <param name="cancellationToken">When it is cancelled they are interrupted.</param>
    public Interruption(MaintenanceSession maintenance, IEnumerable<int> processes, CancellationToken cancellationToken)
    {
        _maintenance = maintenance;
        _processes = [.. processes];
        _registration = cancellationToken.UnsafeRegister(_ => _done = Task.Run(InterruptAsync), null);
    }

    /// <summary>Stops listening, and waits until the server was told.</summary>
    public async ValueTask DisposeAsync()
    {
        await _registration.DisposeAsync().ConfigureAwait(false);
        await _done.ConfigureAwait(false);
    }

    private async Task InterruptAsync()
    {
        try
        {
            await _maintenance.InterruptAsync(_processes, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (PostgresErrors.IsServerFailure(e, CancellationToken.None) || e is InvalidOperationException)
        {
            // Where this session is lost too, the others end by themselves; what made us stop is what is told.
        }
    }
}
