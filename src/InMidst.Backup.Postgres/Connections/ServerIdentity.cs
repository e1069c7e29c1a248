using System.Globalization;
using Npgsql;

namespace InMidst.Backup.Postgres.Connections;

/// <summary>What tells one server from another, so that all clients of one operation can be shown to speak to the same one.</summary>
public sealed record ServerIdentity
{
    /// <summary>server_version_num: 150018 is 15.18.</summary>
    public required int VersionNumber { get; init; }

    /// <summary>server_version as the server writes it, packager's words included.</summary>
    public required string Version { get; init; }

    /// <summary>The cluster's system identifier, or null where the role may not read it.</summary>
    public ulong? SystemIdentifier { get; init; }

    /// <summary>Whether the server is a standby or otherwise replays WAL.</summary>
    public required bool IsInRecovery { get; init; }

    /// <summary>When the server was started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Major version: 15.</summary>
    public int Major => VersionNumber / 10000;

    /// <summary>Whether both were read from the same run of the same server. Without a system identifier the time of the start decides.</summary>
    public bool IsSameServerAs(ServerIdentity other) =>
        StartedAt == other.StartedAt && IsInRecovery == other.IsInRecovery && VersionNumber == other.VersionNumber
        && (SystemIdentifier is null || other.SystemIdentifier is null || SystemIdentifier == other.SystemIdentifier);

    /// <summary>Asks the server. Runs two statements; safe inside a transaction and with any connection of ours.</summary>
    /// <exception cref="NpgsqlException">The connection failed; see <see cref="PostgresErrors"/>.</exception>
    public static async Task<ServerIdentity> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Facts = """
            SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4,
                   pg_catalog.current_setting('server_version'),
                   pg_catalog.pg_is_in_recovery(),
                   (EXTRACT(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::pg_catalog.int8,
                   pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')
            """;
        ServerIdentity identity;
        bool mayReadControl;
        var command = new NpgsqlCommand(Facts, connection);
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                identity = FromRow(reader);
                mayReadControl = reader.GetBoolean(4);
            }
        }

        return mayReadControl
            ? identity with { SystemIdentifier = await ReadSystemIdentifierAsync(connection, cancellationToken).ConfigureAwait(false) }
            : identity;
    }

    private static ServerIdentity FromRow(NpgsqlDataReader reader) => new()
    {
        VersionNumber = reader.GetInt32(0),
        Version = reader.GetString(1),
        IsInRecovery = reader.GetBoolean(2),
        StartedAt = DateTimeOffset.UnixEpoch.AddMicroseconds(reader.GetInt64(3)),
    };

    private static async Task<ulong> ReadSystemIdentifierAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // As text: the server declares a signed type for what it prints as unsigned elsewhere.
        var command = new NpgsqlCommand("SELECT system_identifier::pg_catalog.text FROM pg_catalog.pg_control_system()", connection);
        await using (command.ConfigureAwait(false))
        {
            var text = (string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
            return unchecked((ulong)long.Parse(text, CultureInfo.InvariantCulture));
        }
    }
}
