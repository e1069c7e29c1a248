using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;
using Npgsql;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>Start-up and authentication (PostgreSQL documentation, "Message Flow", "Start-up").</summary>
internal sealed class LogIn(WireSession session, ServerAddress address, string database, WireOptions options)
{
    private const int Version = 3 << 16;

    private bool _isAuthenticated;
    private bool _isBound;

    /// <summary>Goes through to where the server takes the first query.</summary>
    /// <exception cref="PostgresException">The server refuses; its texts are decoded.</exception>
    /// <exception cref="BackupException">It wants a proof of identity that we do not have or do not know.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await SendStartupAsync(cancellationToken).ConfigureAwait(false);
        while (true)
        {
            MessageHeader header = await session.NextAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlyMemory<byte> body = await session.BodyAsync(header, cancellationToken).ConfigureAwait(false);
            switch (header.Type)
            {
                case MessageType.ErrorResponse:
                    throw ErrorFields.ReadAtLogin(body.Span);
                case MessageType.Authentication when !_isAuthenticated:
                    await AnswerAsync(body, cancellationToken).ConfigureAwait(false);
                    break;
                case MessageType.BackendKeyData when _isAuthenticated:
                    session.NoteKey(body.Span);
                    break;
                case MessageType.NegotiateProtocolVersion when !_isAuthenticated:
                    break; // It knows no newer one, and we ask for the oldest.
                case MessageType.ReadyForQuery when _isAuthenticated:
                    session.IsLoggedIn = true;
                    return;
                default:
                    throw WireFailure.Unexpected(header.Type, "during the log-in");
            }
        }
    }

    private async Task SendStartupAsync(CancellationToken cancellationToken)
    {
        MessageWriter writer = session.Writer.BeginUntyped().Int32(Version);
        Add("user", address.UserName);
        Add("database", database);
        Add("application_name", options.ApplicationName ?? address.ApplicationName);
        Add("client_encoding", "UTF8");
        Add("TimeZone", "UTC");
        if (options.WithoutEventTriggers)
            Add("options", "-c event_triggers=off");
        if (options.Replication != ReplicationMode.None)
            Add("replication", options.Replication == ReplicationMode.Physical ? "true" : "database");
        await writer.Raw([0]).End().FlushAsync(cancellationToken).ConfigureAwait(false);

        void Add(string name, string value) => writer.Utf8Text(name).Utf8Text(value);
    }

    private Task AnswerAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        var body = new MessageBody(message.Span);
        int method = body.ReadInt32();
        if (method != AuthenticationMethod.Sasl && address.ChannelBinding == "require" && !_isBound)
            throw Refuse("it does not ask for SCRAM with channel binding, which is required.");
        switch (method)
        {
            case AuthenticationMethod.Ok:
                _isAuthenticated = true;
                return Task.CompletedTask;
            case AuthenticationMethod.ClearText:
                return SendPasswordAsync(PasswordBytes(), cancellationToken);
            case AuthenticationMethod.Md5:
                return SendPasswordAsync(Md5(body.Take(4)), cancellationToken);
            case AuthenticationMethod.Sasl:
                return AnswerWithScramAsync(message[sizeof(int)..], cancellationToken);
            default:
                throw Refuse(method is AuthenticationMethod.Gss or AuthenticationMethod.Sspi
                    ? "it asks for Kerberos (GSSAPI or SSPI), which this client does not know."
                    : string.Create(CultureInfo.InvariantCulture, $"it asks for the method of authentication {method}, which this client does not know."));
        }
    }

    private async Task AnswerWithScramAsync(ReadOnlyMemory<byte> offer, CancellationToken cancellationToken)
    {
        try
        {
            _isBound = await new ScramExchange(session, address.ChannelBinding).RunAsync(offer, Password(), cancellationToken).ConfigureAwait(false);
        }
        catch (ScramException e)
        {
            throw Refuse(e.Message, e);
        }
    }

    private async Task SendPasswordAsync(byte[] proof, CancellationToken cancellationToken)
    {
        session.Writer.Begin(MessageType.Password).Raw(proof).Raw([0]).End();
        CryptographicOperations.ZeroMemory(proof);
        await session.Writer.FlushSecretAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The password as hash with the user's name, hashed again with the server's salt.</summary>
    private byte[] Md5(ReadOnlySpan<byte> salt)
    {
        byte[] password = PasswordBytes();
        byte[] salted = [.. password, .. Encoding.UTF8.GetBytes(address.UserName)];
        byte[] inner = Encoding.ASCII.GetBytes(Hex(salted));
        CryptographicOperations.ZeroMemory(password);
        CryptographicOperations.ZeroMemory(salted);
        return Encoding.ASCII.GetBytes("md5" + Hex([.. inner, .. salt]));

#pragma warning disable CA5351 // The protocol's, for servers that still ask for it.
        static string Hex(byte[] bytes) => Convert.ToHexStringLower(MD5.HashData(bytes));
#pragma warning restore CA5351
    }

    private string Password() => address.PasswordFor(database) is { Length: > 0 } password ? password : throw Refuse("it asks for a password, and none is known.");

    private byte[] PasswordBytes() => Encoding.UTF8.GetBytes(Password());

    private BackupException Refuse(string why, Exception? cause = null) => PostgresErrors.ProofMissing(address, why, cause);
}
