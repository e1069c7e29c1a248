using System.Net;
using Npgsql;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>Asks a server to stop what a session is doing (PostgreSQL documentation, "Canceling Requests in Progress").</summary>
internal static class CancelRequest
{
    private const int Code = 80877102;

    /// <summary>
    /// Sends the request on a connection of its own and waits until the server closes that, having passed the request on: what the
    /// session does afterwards is not hit by it.
    /// </summary>
    public static async Task SendAsync(WireDoor door, EndPoint endPoint, WireSession session, CancellationToken cancellationToken)
    {
        // A pooler that names no key knows no cancelling.
        if (session.CancelKey.IsEmpty)
            return;
        WireLink link = await door.ConnectAsync(endPoint, session.Link.IsEncrypted, cancellationToken).ConfigureAwait(false);
        await using (link.ConfigureAwait(false))
        {
            var writer = new MessageWriter(link);
            writer.BeginUntyped().Int32(Code).Int32(session.ProcessId).Raw(session.CancelKey.Span).End();
            await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                byte[] nothing = new byte[1];
                await link.ReadAsync(nothing, cancellationToken).ConfigureAwait(false);
            }
            catch (NpgsqlException)
            {
                // The end that is waited for.
            }
        }
    }
}
