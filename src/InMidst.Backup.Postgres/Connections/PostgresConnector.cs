using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using Npgsql;

namespace InMidst.Backup.Postgres.Connections;

/// <summary>
/// Opens the only kind of connection the product uses: not pooled, never reset, no timeout on statements, no types loaded (their
/// catalogue query would run before a snapshot is taken), and nothing taken from the environment, which Npgsql would read by itself.
/// </summary>
public static class PostgresConnector
{
    private const int SecondsToKeepAlive = 60;

    /// <summary>Opens a connection to one database of the server.</summary>
    /// <param name="address">The server.</param>
    /// <param name="database">Name of the database, taken literally.</param>
    /// <param name="options">What the connection is for.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The open connection; the caller disposes it, which ends the session.</returns>
    /// <exception cref="Core.Errors.BackupException">As <see cref="PostgresErrors.Translate"/> says, for a connection being opened.</exception>
    public static async Task<NpgsqlConnection> OpenAsync(
        ServerAddress address, string database, ConnectorOptions options, CancellationToken cancellationToken)
    {
        string? emptyCertificate = NoClientCertificate.PathIfNeeded(address);
        ByteTextEncoding? byteText = options.ByteText ? new ByteTextEncoding() : null;
        try
        {
            // The source keeps nothing for an unpooled connection, so the connection outlives it without harm.
            NpgsqlConnection connection = BuildSource(address, database, options, emptyCertificate, byteText).CreateConnection();
            try
            {
                await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
                byteText?.UseBytes();
                return connection;
            }
            catch (Exception e)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
                if (!PostgresErrors.IsServerFailure(e, cancellationToken))
                    throw;
                throw PostgresErrors.Translate(e, address, database, opening: true);
            }
        }
        finally
        {
            if (emptyCertificate is not null)
                File.Delete(emptyCertificate);
        }
    }

    private static NpgsqlDataSource BuildSource(ServerAddress address, string database, ConnectorOptions options, string? emptyCertificate, ByteTextEncoding? byteText)
    {
        var builder = new NpgsqlDataSourceBuilder();
        Fill(builder.ConnectionStringBuilder, address, database, options, byteText);
        if (emptyCertificate is not null)
            builder.ConnectionStringBuilder.SslCertificate = emptyCertificate;
        builder.ConfigureTypeLoading(loading => loading.EnableTypeLoading(false));

        // A null password would send Npgsql to PGPASSWORD and .pgpass; an empty one is "none" to it.
        string password = address.PasswordFor(database) ?? "";
        if (password.Length > 0)
            builder.ConnectionStringBuilder.Password = password;
        else
            builder.UsePasswordProvider(_ => "", (_, _) => ValueTask.FromResult(""));

        if (ChecksAgainstSystemRoots(address) || address.HostAddress is not null)
            builder.UseSslClientAuthenticationOptionsCallback(tls => AdjustTls(tls, address));
        return builder.Build();
    }

    private static void Fill(NpgsqlConnectionStringBuilder settings, ServerAddress address, string database, ConnectorOptions options, ByteTextEncoding? byteText)
    {
        settings.Host = address.HostAddress ?? address.Host;
        settings.Port = address.Port;
        settings.Username = address.UserName;
        settings.Database = database;
        settings.ApplicationName = options.ApplicationName ?? address.ApplicationName;
        settings.Pooling = false;
        settings.NoResetOnClose = true;
        settings.Enlist = false;
        settings.Multiplexing = false;
        settings.CommandTimeout = 0;
        settings.Timeout = (int)Math.Min(Math.Ceiling(address.ConnectTimeout.TotalSeconds), 1024);
        // The connection that holds a snapshot says nothing for hours; by the system's default it would be two of them before the first
        // sign of life, and firewalls forget a silent connection within minutes.
        settings.TcpKeepAlive = true;
        if (!address.IsUnixSocket)
        {
            settings.TcpKeepAliveTime = SecondsToKeepAlive;
            settings.TcpKeepAliveInterval = SecondsToKeepAlive;
        }

        // Without it nobody can tell which statement of a batch failed.
        settings.IncludeFailedBatchedCommand = true;
        settings.Encoding = byteText?.WebName ?? "UTF8";

        // The rest is what Npgsql would take from PG* variables or the home directory if it were left open.
        settings.ClientEncoding = "UTF8";
        settings.Timezone = "UTC";
        // Npgsql drops an empty text here. Some poolers refuse any options, so they are sent only where others would be.
        if (Environment.GetEnvironmentVariable("PGOPTIONS") is not null)
            settings.Options = "-c client_min_messages=notice";
        if (options.WithoutEventTriggers)
            settings.Options = "-c event_triggers=off";
        settings.RequireAuth = "None,Password,MD5,GSS,SSPI,ScramSHA256";
        settings.SslNegotiation = SslNegotiation.Postgres;
        settings.GssEncryptionMode = GssEncryptionMode.Disable;
        settings.ChannelBinding = Enum.Parse<ChannelBinding>(address.ChannelBinding, ignoreCase: true);
        settings.SslMode = NpgsqlMode(address);
        if (settings.SslMode is SslMode.VerifyCA or SslMode.VerifyFull)
            settings.RootCertificate = address.RootCertificate;
        if (address.Certificate is not null)
        {
            settings.SslCertificate = address.Certificate;
            settings.SslKey = address.Key;
        }
    }

    private static SslMode NpgsqlMode(ServerAddress address) => address.SslMode switch
    {
        // libpq ignores sslmode on a Unix socket; Npgsql would ask the server, which always refuses there.
        _ when address.IsUnixSocket => SslMode.Disable,
        // Npgsql allows no callback beside VerifyFull; the callback checks all that VerifyFull does.
        _ when ChecksAgainstSystemRoots(address) => SslMode.Require,
        // A rule of libpq that Npgsql does not have.
        PostgresSslMode.Require when address.RootCertificate is not null => SslMode.VerifyCA,
        PostgresSslMode.Disable => SslMode.Disable,
        PostgresSslMode.Allow => SslMode.Allow,
        PostgresSslMode.Prefer => SslMode.Prefer,
        PostgresSslMode.Require => SslMode.Require,
        PostgresSslMode.VerifyCA => SslMode.VerifyCA,
        _ => SslMode.VerifyFull,
    };

    private static bool ChecksAgainstSystemRoots(ServerAddress address) =>
        address.SslMode == PostgresSslMode.VerifyFull && address.RootCertificate == "system";

    [SuppressMessage("Security", "CA5359", Justification = "The callback accepts only what validation found no fault with.")]
    private static void AdjustTls(SslClientAuthenticationOptions tls, ServerAddress address)
    {
        tls.TargetHost = address.Host;
        if (ChecksAgainstSystemRoots(address))
            tls.RemoteCertificateValidationCallback = (_, _, _, errors) => errors == SslPolicyErrors.None;
    }
}
