using System.Globalization;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Sandbox;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Verify;

/// <summary>Sandbox servers for proofs: one per major version, started when first needed, shared by all backups, gone at the end.</summary>
public sealed class SandboxProofServer : IProofServer
{
    // In-place tablespaces, which need no directory prepared for them, came with 15.
    private const int FirstMajorWithInPlaceTablespaces = 15;

    private readonly IReadOnlyList<string>? _binDirectories;
    private readonly IProgress<string>? _progress;
    private readonly Dictionary<int, SandboxServer> _servers = [];

    /// <summary>Makes the pool; nothing is started yet.</summary>
    /// <param name="binDirectories">Where to look for the server's programs instead of the usual places.</param>
    /// <param name="progress">Told what a start does.</param>
    public SandboxProofServer(IReadOnlyList<string>? binDirectories, IProgress<string>? progress)
    {
        _binDirectories = binDirectories;
        _progress = progress;
    }

    /// <inheritdoc/>
    public async Task<ServerAddress> GetAsync(int? major, RequirementsRecord requirements, CancellationToken cancellationToken)
    {
        int wanted = major ?? 0;
        if (!_servers.TryGetValue(wanted, out SandboxServer? server))
        {
            server = await SandboxServer.StartAsync(
                new SandboxOptions { BinDirectories = _binDirectories, MinimumMajor = wanted == 0 ? null : wanted, ForProof = true },
                _progress, cancellationToken).ConfigureAwait(false);
            _servers.Add(wanted, server);
        }

        ServerAddress address = SandboxAddress.Of(server);
        try
        {
            await PrepareAsync(server, address, requirements, cancellationToken).ConfigureAwait(false);
            return address;
        }
        catch (Exception e) when (PostgresErrors.IsServerFailure(e, cancellationToken))
        {
            throw PostgresErrors.Translate(e, address, server.Database);
        }
    }

    /// <summary>Removes the servers.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (SandboxServer server in _servers.Values)
            await server.DisposeAsync().ConfigureAwait(false);
        _servers.Clear();
    }

    private static async Task PrepareAsync(
        SandboxServer server, ServerAddress address, RequirementsRecord requirements, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await PostgresConnector.OpenAsync(
            address, server.Database, new ConnectorOptions(), cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            HashSet<string> roles = [.. await NamesAsync("SELECT rolname::text FROM pg_catalog.pg_roles").ConfigureAwait(false)];

            // Names that begin with pg_ are the server's own: where it lacks one, the restore's preflight says so.
            foreach (string role in requirements.Roles.Where(r => !roles.Contains(r) && !r.StartsWith("pg_", StringComparison.Ordinal)))
                await ExecuteAsync($"CREATE ROLE {Sql.Identifier(role)} NOLOGIN").ConfigureAwait(false);
            foreach (string role in requirements.Superusers ?? [])
                await ExecuteAsync($"ALTER ROLE {Sql.Identifier(role)} SUPERUSER").ConfigureAwait(false);
            HashSet<string> tablespaces = [.. await NamesAsync("SELECT spcname::text FROM pg_catalog.pg_tablespace").ConfigureAwait(false)];
            string[] missing = [.. requirements.Tablespaces.Where(t => !tablespaces.Contains(t))];
            if (missing.Length > 0 && server.Major < FirstMajorWithInPlaceTablespaces)
            {
                throw new BackupException(ErrorIds.RequirementMissing, string.Create(CultureInfo.InvariantCulture,
                    $"Tablespaces ({string.Join(", ", missing)}) can be mapped in a sandbox of PostgreSQL {FirstMajorWithInPlaceTablespaces} or newer only; package postgresql-{FirstMajorWithInPlaceTablespaces}."));
            }

            foreach (string tablespace in missing)
            {
                await ExecuteAsync("SET allow_in_place_tablespaces = on").ConfigureAwait(false);
                await ExecuteAsync($"CREATE TABLESPACE {Sql.Identifier(tablespace)} LOCATION ''").ConfigureAwait(false);
            }
        }

        Task<List<string>> NamesAsync(string query) => SourceFacts.ReadAsync(connection, query, r => r.GetString(0), cancellationToken);

        async Task ExecuteAsync(string sql)
        {
            using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
