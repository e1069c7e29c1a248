using System.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>Carries SCRAM in messages (PostgreSQL documentation, "SASL Authentication"), with the channel binding that both sides can.</summary>
internal sealed class ScramExchange(WireSession session, string channelBinding)
{
    private const string Plain = "SCRAM-SHA-256";
    private const string Plus = "SCRAM-SHA-256-PLUS";

    /// <summary>Proves that we know the password, and has the server prove that it does.</summary>
    /// <param name="offer">The names of the mechanisms that the server offers.</param>
    /// <param name="password">The password.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether the proof is bound to the TLS connection, so that nobody stands in between.</returns>
    /// <exception cref="PostgresException">The server refuses.</exception>
    /// <exception cref="ScramException">We do.</exception>
    public async Task<bool> RunAsync(ReadOnlyMemory<byte> offer, string password, CancellationToken cancellationToken)
    {
        List<string> names = MechanismNames(offer.Span);
        byte[]? binding = channelBinding == "disable" ? null : session.Link.EndPointBinding;
        bool bound = binding is not null && names.Contains(Plus);
        if (!bound && channelBinding == "require")
            throw new ScramException("it offers no channel binding, which is required.");
        if (!bound && !names.Contains(Plain))
            throw new ScramException("it offers no SASL mechanism that this client knows.");

        // "y" tells the server that we would have bound: had somebody struck its offer out, it would notice (RFC 5802, 6).
        string header = bound ? "p=tls-server-end-point,," : binding is not null ? "y,," : "n,,";
        using var scram = new Scram(password, header, bound ? binding : null);
        byte[] first = scram.ClientFirst();
        session.Writer.Begin(MessageType.Password).ByteText(bound ? Plus : Plain).Int32(first.Length).Raw(first).End();
        await session.Writer.FlushAsync(cancellationToken).ConfigureAwait(false);

        ReadOnlyMemory<byte> challenge = await ReadAsync(AuthenticationMethod.SaslContinue, cancellationToken).ConfigureAwait(false);
        session.Writer.Begin(MessageType.Password).Raw(scram.ClientFinal(challenge.Span)).End();
        await session.Writer.FlushSecretAsync(cancellationToken).ConfigureAwait(false);

        scram.VerifyServer((await ReadAsync(AuthenticationMethod.SaslFinal, cancellationToken).ConfigureAwait(false)).Span);
        return bound;
    }

    private async Task<ReadOnlyMemory<byte>> ReadAsync(int expected, CancellationToken cancellationToken)
    {
        MessageHeader header = await session.NextAsync(cancellationToken).ConfigureAwait(false);
        ReadOnlyMemory<byte> body = await session.BodyAsync(header, cancellationToken).ConfigureAwait(false);
        if (header.Type == MessageType.ErrorResponse)
            throw ErrorFields.ReadAtLogin(body.Span);
        if (header.Type != MessageType.Authentication || new MessageBody(body.Span).ReadInt32() != expected)
            throw WireFailure.Unexpected(header.Type, "in the middle of SCRAM");
        return body[sizeof(int)..];
    }

    private static List<string> MechanismNames(ReadOnlySpan<byte> offer)
    {
        var names = new List<string>();
        var body = new MessageBody(offer);
        for (string name; (name = body.ReadString(Encoding.Latin1)).Length > 0;)
            names.Add(name);
        return names;
    }
}
