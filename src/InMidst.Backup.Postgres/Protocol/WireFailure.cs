using System.Globalization;
using Npgsql;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>
/// The exceptions of a session that cannot go on. They are those that Npgsql throws for the same, so that whoever catches need not know
/// which client it was.
/// </summary>
internal static class WireFailure
{
    /// <summary>The network failed, or the server closed the connection.</summary>
    public static NpgsqlException Lost(Exception cause) =>
        new("The connection to the server broke.", cause as IOException ?? new IOException(cause.Message, cause));

    /// <summary>The server did not answer in time.</summary>
    public static NpgsqlException TimedOut() => new("The connection could not be made in time.", new TimeoutException());

    /// <summary>What came is not what the protocol allows there.</summary>
    public static NpgsqlException Violation(string what) => new("The server does not keep to the protocol.", new IOException(what));

    /// <summary>A message came that the protocol does not allow there.</summary>
    public static NpgsqlException Unexpected(byte type, string where) => Violation(string.Create(
        CultureInfo.InvariantCulture, $"The server sent a message of type 0x{type:x2} {where}, which the protocol does not allow there."));
}
