using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Connections;

/// <summary>The one place where failures of a connection become errors that a user can act upon.</summary>
public static class PostgresErrors
{
    private static readonly string[] AuthenticationWords =
    [
        "No password has been provided", "authentication method is not allowed", "ChannelBinding", "SCRAM", "SASL", "GSS",
    ];

    // PgBouncer's words, which it does not translate: it passes on only settings that it can follow.
    private const string PoolerRefusal = "unsupported startup parameter";

    /// <summary>
    /// Whether <see cref="Translate"/> should be asked: a failure of the server, the network or the session, and not the end that
    /// the caller himself asked for.
    /// </summary>
    /// <param name="e">What was caught.</param>
    /// <param name="cancellationToken">The token the failed call was given.</param>
    public static bool IsServerFailure(Exception e, CancellationToken cancellationToken) => e switch
    {
        OperationCanceledException or BackupException => false,
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } => !cancellationToken.IsCancellationRequested,
        NpgsqlException or SocketException or IOException or TimeoutException or AuthenticationException or CryptographicException => true,
        // A certificate or key that may not be read.
        UnauthorizedAccessException => true,
        _ => false,
    };

    /// <summary>Says in the user's words what happened. The result never holds a password.</summary>
    /// <param name="e">What was caught. A cancellation is thrown on as it is; a BackupException is given back as it is.</param>
    /// <param name="address">The server.</param>
    /// <param name="database">The database of the connection, if known.</param>
    /// <param name="messageEncoding">The session's client_encoding, for a connection with <see cref="ConnectorOptions.ByteText"/>.</param>
    /// <param name="opening">Whether the connection was just being opened: then no server was there to be lost.</param>
    public static BackupException Translate(
        Exception e, ServerAddress address, string? database, Encoding? messageEncoding = null, bool opening = false)
    {
        if (e is OperationCanceledException)
            ExceptionDispatchInfo.Throw(e);

        // Cancelled while it was writing, Npgsql gives its own exception.
        if (e is NpgsqlException { InnerException: OperationCanceledException cancelled })
            ExceptionDispatchInfo.Throw(cancelled);
        return e switch
        {
            BackupException known => known,
            PostgresException refused => FromServer(refused, address, database, messageEncoding, opening),
            NpgsqlException { InnerException: PostgresException refused } => FromServer(refused, address, database, messageEncoding, opening),
            _ when FindTlsFailure(e) is { } tls => new BackupException(
                ErrorIds.TlsFailed, $"The TLS connection to {address} could not be made: {tls.Message}", e, target: address.ToString()),
            NpgsqlException { InnerException: null } own when IsAboutAuthentication(own) => ProofMissing(address, own.Message, e),
            NpgsqlException { InnerException: null } own when own.Message.StartsWith("SSL connection requested", StringComparison.Ordinal) =>
                TlsMissing(address, e),
            _ => FromNetwork(e, address, database, opening),
        };
    }

    /// <summary>The log-in stopped at something that the client, not the server, refuses.</summary>
    /// <param name="address">The server.</param>
    /// <param name="why">What is missing; never a secret.</param>
    /// <param name="cause">The failure of the client, if it threw one.</param>
    internal static BackupException ProofMissing(ServerAddress address, string why, Exception? cause) => new(
        ErrorIds.AuthenticationFailed, $"The server at {address} wants a proof of identity that was not given: {why}", cause, target: address.ToString());

    /// <summary>TLS was asked for, and the server has none.</summary>
    internal static BackupException TlsMissing(ServerAddress address, Exception? cause) =>
        new(ErrorIds.TlsFailed, $"The server at {address} offers no TLS.", cause, target: address.ToString());

    private static BackupException FromServer(PostgresException e, ServerAddress address, string? database, Encoding? encoding, bool opening)
    {
        string message = Decode(e.MessageText, encoding);
        string? hint = string.IsNullOrEmpty(e.Hint) ? null : Decode(e.Hint, encoding);
        string where = database is null ? address.ToString() : $"{address}, database '{database}'";
        ErrorId id = message.StartsWith(PoolerRefusal, StringComparison.Ordinal) ? ErrorIds.PoolerDetected : Classify(e.SqlState, opening);
        string text = id == ErrorIds.ServerError
            ? $"The server ({where}) reports: {message} (SQLSTATE {e.SqlState})"
            : $"{message} ({where})";
        string? guidance = e.SqlState == PostgresErrorCodes.DiskFull
            ? "The disk of the database server is full: free some space there, then run the command again."
            : hint is null ? null : $"{hint} {id.Guidance}";
        return new BackupException(id, text, e, guidance, database ?? address.ToString());
    }

    private static ErrorId Classify(string state, bool opening) => state switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => ErrorIds.AuthenticationFailed,
        PostgresErrorCodes.InvalidCatalogName => ErrorIds.DatabaseNotFound,
        PostgresErrorCodes.InsufficientPrivilege => ErrorIds.PermissionDenied,
        PostgresErrorCodes.TooManyConnections => ErrorIds.TooManyConnections,
        PostgresErrorCodes.LockNotAvailable => ErrorIds.TableLocked,
        // Shutting down, crashed, starting up, idle timeouts of the server, and the class of connection failures.
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow or "57P05" or "25P03" or "25P04" =>
            opening ? ErrorIds.ServerUnreachable : ErrorIds.ConnectionLost,
        _ when state.StartsWith("08", StringComparison.Ordinal) => opening ? ErrorIds.ServerUnreachable : ErrorIds.ConnectionLost,
        _ => ErrorIds.ServerError,
    };

    private static BackupException FromNetwork(Exception e, ServerAddress address, string? database, bool opening)
    {
        Exception cause = e is NpgsqlException { InnerException: { } inner } ? inner : e;
        if (cause is AggregateException { InnerExceptions: [{ } first, ..] })
            cause = first;
        if (!opening)
        {
            return new BackupException(
                ErrorIds.ConnectionLost, $"The connection to {address}{(database is null ? "" : $", database '{database}',")} broke: {cause.Message}", e,
                target: database ?? address.ToString());
        }

        string what = cause switch
        {
            TimeoutException => $"did not answer within {address.ConnectTimeout.TotalSeconds:0} seconds",
            SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "refuses the connection: nothing listens there",
            _ => $"cannot be reached: {cause.Message}",
        };
        return new BackupException(ErrorIds.ServerUnreachable, $"The server at {address} {what}.", e, target: address.ToString());
    }

    private static Exception? FindTlsFailure(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
        {
            if (e is AuthenticationException or CryptographicException or UnauthorizedAccessException or FileNotFoundException)
                return e;
        }

        return null;
    }

    /// <summary>Failures that Npgsql finds itself during the log-in have no type or code of their own, only these words.</summary>
    private static bool IsAboutAuthentication(NpgsqlException e) =>
        AuthenticationWords.Any(words => e.Message.Contains(words, StringComparison.Ordinal));

    // Where nobody says in which encoding the session was: what is UTF-8 byte by byte was hardly meant to be anything else.
    private static string Decode(string text, Encoding? encoding)
    {
        if (encoding is null || text.Any(letter => letter > 255))
            return DatabaseText.DecodeIfUtf8(text);
        try
        {
            return encoding.GetString(Encoding.Latin1.GetBytes(text));
        }
        catch (DecoderFallbackException)
        {
            return text;
        }
    }
}
