using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Dump;
using Npgsql;

namespace InMidst.Backup.Postgres.Globals;

/// <summary>Reads the roles and tablespaces of a cluster: all, or on a managed service what its role may see.</summary>
/// <param name="pgDump">Runs pg_dumpall.</param>
/// <param name="options">Which server, and whether with passwords.</param>
/// <param name="warn">Told what is left out.</param>
internal sealed class GlobalsReader(PgDump pgDump, DumpOptions options, Action<string> warn)
{
    /// <summary>Reads them as SQL; the caller disposes it.</summary>
    /// <exception cref="BackupException">pg_dumpall failed for another reason than rights.</exception>
    public async Task<MemoryStream> ReadAsync(CancellationToken cancellationToken)
    {
        if (options.IncludeRolePasswords)
        {
            try
            {
                return await pgDump.ReadGlobalsAsync(withPasswords: true, cancellationToken).ConfigureAwait(false);
            }
            catch (BackupException e) when (e.Id == ErrorIds.PermissionDenied)
            {
                warn($"The passwords of the roles are not in this backup: {e.Message}");
            }
        }

        try
        {
            return await pgDump.ReadGlobalsAsync(withPasswords: false, cancellationToken).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Id == ErrorIds.PermissionDenied)
        {
            return await ReadOwnAsync(e, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<MemoryStream> ReadOwnAsync(BackupException refusal, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await PostgresConnector.OpenAsync(
            options.Address, options.Database, new ConnectorOptions(), cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var catalog = new GlobalsCatalog(connection);
            MemoryStream text = await catalog.ReadAsync(cancellationToken).ConfigureAwait(false);
            string left = catalog.Refused.Count > 0 ? $", but for {string.Join(", ", catalog.Refused)}" : "";
            warn($"The roles and tablespaces were read without pg_dumpall{left}: {refusal.Message}");
            return text;
        }
    }
}
