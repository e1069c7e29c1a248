using System.Globalization;
using System.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>Reads ErrorResponse (PostgreSQL documentation, "Error and Notice Message Fields").</summary>
internal static class ErrorFields
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads an error of a session: its texts are byte strings.</summary>
    public static PostgresException Read(ReadOnlySpan<byte> body) => Read(body, Encoding.Latin1);

    /// <summary>Reads an error of the log-in. We ask for UTF-8, but a server that has not read that yet answers in an encoding of its own.</summary>
    public static PostgresException ReadAtLogin(ReadOnlySpan<byte> body)
    {
        try
        {
            return Read(body, StrictUtf8);
        }
        catch (DecoderFallbackException)
        {
            return Read(body);
        }
    }

    /// <summary>Whether the server ends the session after it.</summary>
    public static bool EndsSession(PostgresException error) => error.InvariantSeverity is "FATAL" or "PANIC";

    private static PostgresException Read(ReadOnlySpan<byte> bytes, Encoding encoding)
    {
        var fields = new Dictionary<char, string>();
        var body = new MessageBody(bytes);
        for (byte field; (field = body.ReadByte()) != 0;)
            fields[(char)field] = body.ReadString(encoding);

        string? Text(char field) => fields.GetValueOrDefault(field);
        int Number(char field) => int.TryParse(Text(field), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;

        string severity = Text('S') ?? "ERROR";
        return new PostgresException(
            Text('M') ?? "", severity, Text('V') ?? severity, Text('C') ?? "XX000", Text('D'), Text('H'), Number('P'), Number('p'),
            Text('q'), Text('W'), Text('s'), Text('t'), Text('c'), Text('d'), Text('n'), Text('F'), Text('L'), Text('R'));
    }
}
