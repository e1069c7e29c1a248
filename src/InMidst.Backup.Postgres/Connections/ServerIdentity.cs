using System.Globalization;
using InMidst.Backup.Postgres.Protocol;
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
    public static Task<ServerIdentity> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        ReadAsync(query => ReadRowAsync(connection, query, cancellationToken));

    /// <summary>Asks the server, over a session for bulk streams.</summary>
    /// <exception cref="NpgsqlException">The connection failed; see <see cref="PostgresErrors"/>.</exception>
    internal static Task<ServerIdentity> ReadAsync(WireConnection connection, CancellationToken cancellationToken) =>
        ReadAsync(async query => (await connection.QueryAsync(query, cancellationToken).ConfigureAwait(false))[0]);

    private static async Task<ServerIdentity> ReadAsync(Func<string, Task<string?[]>> ask)
    {
        const string Facts = """
            SELECT pg_catalog.current_setting('server_version_num'),
                   pg_catalog.current_setting('server_version'),
                   pg_catalog.pg_is_in_recovery()::pg_catalog.text,
                   ((EXTRACT(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::pg_catalog.int8)::pg_catalog.text,
                   pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')::pg_catalog.text
            """;
        string?[] facts = await ask(Facts).ConfigureAwait(false);

        // As text: the server declares a signed type for what it prints as unsigned elsewhere.
        string? system = facts[4] == "true"
            ? (await ask("SELECT system_identifier::pg_catalog.text FROM pg_catalog.pg_control_system()").ConfigureAwait(false))[0]
            : null;
        return new ServerIdentity
        {
            VersionNumber = int.Parse(facts[0]!, CultureInfo.InvariantCulture),
            Version = facts[1]!,
            IsInRecovery = facts[2] == "true",
            StartedAt = DateTimeOffset.UnixEpoch.AddMicroseconds(long.Parse(facts[3]!, CultureInfo.InvariantCulture)),
            SystemIdentifier = system is null ? null : unchecked((ulong)long.Parse(system, CultureInfo.InvariantCulture)),
        };
    }

    private static async Task<string?[]> ReadRowAsync(NpgsqlConnection connection, string query, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(query, connection);
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                return [.. Enumerable.Range(0, reader.FieldCount).Select(i => reader[i] as string)];
            }
        }
    }
}
