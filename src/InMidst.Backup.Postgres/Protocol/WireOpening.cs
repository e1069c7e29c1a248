using System.Net;
using System.Net.Sockets;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Copy;
using Npgsql;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>Opens sessions as <see cref="PostgresConnector"/> has Npgsql do it.</summary>
internal static class WireOpening
{
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(20);

    /// <summary>Opens a session.</summary>
    /// <exception cref="BackupException">As <see cref="PostgresErrors.Translate"/> says, for a connection being opened.</exception>
    public static Task<WireConnection> RunAsync(
        ServerAddress address, string database, WireOptions options, CancellationToken cancellationToken) =>
        options.HasOwnThread
            ? DedicatedThread.RunAsync(() => DedicatedThread.Wait(TranslatedAsync(address, database, options, cancellationToken)))
            : TranslatedAsync(address, database, options, cancellationToken);

    private static async Task<WireConnection> TranslatedAsync(
        ServerAddress address, string database, WireOptions options, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (address.ConnectTimeout > TimeSpan.Zero)
            limit.CancelAfter(address.ConnectTimeout < LongestTimeout ? address.ConnectTimeout : LongestTimeout);
        try
        {
            return await OpenAsync(new WireDoor(address, options.HasOwnThread), database, options, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw PostgresErrors.Translate(WireFailure.TimedOut(), address, database, opening: true);
        }
        catch (Exception e) when (PostgresErrors.IsServerFailure(e, cancellationToken))
        {
            throw PostgresErrors.Translate(e, address, database, opening: true);
        }
    }

    private static async Task<WireConnection> OpenAsync(WireDoor door, string database, WireOptions options, CancellationToken cancellationToken)
    {
        (NetworkStream stream, EndPoint endPoint) = await door.ReachAsync(cancellationToken).ConfigureAwait(false);
        (bool first, bool? second) = door.Encryption;
        try
        {
            WireLink link = await door.EnterAsync(stream, first, cancellationToken).ConfigureAwait(false);
            return await LogInAsync(door, endPoint, link, database, options, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (second is not null && IsReasonToTryAgain(e))
        {
            WireLink link = await door.ConnectAsync(endPoint, second.Value, cancellationToken).ConfigureAwait(false);
            return await LogInAsync(door, endPoint, link, database, options, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>pg_hba.conf has no line for a connection with TLS, or without; or the server has no TLS.</summary>
    private static bool IsReasonToTryAgain(Exception e) =>
        e is PostgresException { SqlState: PostgresErrorCodes.InvalidAuthorizationSpecification } || (e is BackupException known && known.Id == ErrorIds.TlsFailed);

    private static async Task<WireConnection> LogInAsync(
        WireDoor door, EndPoint endPoint, WireLink link, string database, WireOptions options, CancellationToken cancellationToken)
    {
        try
        {
            var session = new WireSession(link) { HasOwnThread = options.HasOwnThread };
            await new LogIn(session, door.Address, database, options).RunAsync(cancellationToken).ConfigureAwait(false);
            return new WireConnection(door, endPoint, session);
        }
        catch
        {
            await link.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
