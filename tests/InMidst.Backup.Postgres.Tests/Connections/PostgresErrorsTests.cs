using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;
using Npgsql;

namespace InMidst.Backup.Postgres.Tests.Connections;

public sealed class PostgresErrorsTests
{
    private static readonly ServerAddress Address = new() { Host = "h", Port = 5432, UserName = "u", Password = "hunter2", Database = "d" };

    [Theory]
    [InlineData("28P01", "AuthenticationFailed")]
    [InlineData("28000", "AuthenticationFailed")]
    [InlineData("3D000", "DatabaseNotFound")]
    [InlineData("42501", "PermissionDenied")]
    [InlineData("53300", "TooManyConnections")]
    [InlineData("55P03", "TableLocked")]
    [InlineData("57P01", "ConnectionLost")]
    [InlineData("57P02", "ConnectionLost")]
    [InlineData("08006", "ConnectionLost")]
    [InlineData("25P03", "ConnectionLost")]
    [InlineData("42P01", "ServerError")]
    [InlineData("53100", "ServerError")]
    public void Every_state_of_the_server_has_its_id(string state, string id)
    {
        BackupException translated = PostgresErrors.Translate(Refused(state, "permission denied for table secrets"), Address, "crm");
        Assert.Equal(id, translated.Id.Name);
        Assert.Contains("permission denied for table secrets", translated.Message);
        Assert.Contains("crm", translated.Message);
        Assert.DoesNotContain("hunter2", translated.ToString());
    }

    [Theory]
    [InlineData("57P03")]
    [InlineData("57P01")]
    [InlineData("08004")]
    public void A_server_that_is_not_up_yet_is_unreachable_when_we_open(string state) =>
        Assert.Equal(ErrorIds.ServerUnreachable, PostgresErrors.Translate(Refused(state, "starting up"), Address, null, opening: true).Id);

    [Fact]
    public void A_pooler_that_refuses_a_setting_of_the_log_in_is_called_one() => Assert.Equal(
        ErrorIds.PoolerDetected, PostgresErrors.Translate(Refused("08P01", "unsupported startup parameter: options"), Address, null, opening: true).Id);

    [Fact]
    public void A_state_without_an_id_is_shown() =>
        Assert.Contains("SQLSTATE 42P01", PostgresErrors.Translate(Refused("42P01", "x"), Address, null).Message);

    [Fact]
    public void A_full_disk_of_the_server_is_told_apart_from_ours() =>
        Assert.Contains("database server is full", PostgresErrors.Translate(Refused("53100", "No space left on device"), Address, null).Guidance);

    [Fact]
    public void A_message_that_came_as_bytes_is_decoded()
    {
        string bytes = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes("Relation »né€« existiert nicht"));
        Assert.Contains("»né€«", PostgresErrors.Translate(Refused("42P01", bytes), Address, null, Encoding.UTF8).Message);
    }

    [Fact]
    public void A_broken_stream_is_a_lost_connection_or_at_the_start_an_unreachable_server()
    {
        var broken = new NpgsqlException("Exception while reading from stream", new EndOfStreamException());
        Assert.Equal(ErrorIds.ConnectionLost, PostgresErrors.Translate(broken, Address, "d").Id);
        Assert.Equal(ErrorIds.ServerUnreachable, PostgresErrors.Translate(broken, Address, "d", opening: true).Id);
        var socket = new NpgsqlException("Failed to connect", new SocketException((int)SocketError.ConnectionRefused));
        Assert.Equal("The server at u@h:5432 refuses the connection: nothing listens there.", PostgresErrors.Translate(socket, Address, "d", opening: true).Message);
        Assert.Contains("within 15 seconds", PostgresErrors.Translate(new NpgsqlException("", new TimeoutException()), Address, "d", opening: true).Message);
    }

    [Fact]
    public void A_certificate_that_is_not_trusted_is_a_failure_of_tls()
    {
        var tls = new NpgsqlException("Exception while performing SSL handshake", new AuthenticationException("The remote certificate was rejected"));
        Assert.Equal(ErrorIds.TlsFailed, PostgresErrors.Translate(tls, Address, "d", opening: true).Id);
    }

    [Fact]
    public void What_is_known_already_stays_and_a_cancellation_is_never_translated()
    {
        var known = new BackupException(ErrorIds.RowTooLarge, "x");
        Assert.Same(known, PostgresErrors.Translate(known, Address, null));
        var stop = new OperationCanceledException();
        Assert.Same(stop, Assert.Throws<OperationCanceledException>(() => PostgresErrors.Translate(stop, Address, null)));
        Assert.False(PostgresErrors.IsServerFailure(stop, default));
        Assert.False(PostgresErrors.IsServerFailure(Refused("57014", "canceling"), new CancellationToken(canceled: true)));
        Assert.True(PostgresErrors.IsServerFailure(Refused("57014", "canceling"), default));
        Assert.False(PostgresErrors.IsServerFailure(new InvalidOperationException(), default));
    }

    private static PostgresException Refused(string state, string message) => new(message, "ERROR", "ERROR", state);
}
