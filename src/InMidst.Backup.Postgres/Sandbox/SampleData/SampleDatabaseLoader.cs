using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Sandbox.SampleData;

/// <summary>Makes the sample database on a server.</summary>
public static class SampleDatabaseLoader
{
    /// <summary>Makes <see cref="SampleDatabase.DatabaseName"/>; the address's role must be a superuser.</summary>
    /// <param name="address">The server.</param>
    /// <param name="major">Its major version.</param>
    /// <param name="scale">Size, 1 for about 55 MB.</param>
    /// <param name="progress">Told each step and how much is done, from 0 to 1.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task LoadAsync(
        ServerAddress address, int major, double scale, Action<string, double> progress, CancellationToken cancellationToken)
    {
        try
        {
            await CreateAsync(address, cancellationToken).ConfigureAwait(false);
            NpgsqlConnection connection = await PostgresConnector.OpenAsync(
                address, SampleDatabase.DatabaseName, new ConnectorOptions(), cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                IReadOnlyList<SampleStep> steps = SampleDatabase.Steps(major, scale);
                for (int i = 0; i < steps.Count; i++)
                {
                    progress(steps[i].Description, (double)i / steps.Count);
                    using var command = new NpgsqlCommand(steps[i].Sql, connection);
                    await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (PostgresErrors.IsServerFailure(e, cancellationToken))
        {
            throw PostgresErrors.Translate(e, address, SampleDatabase.DatabaseName);
        }
    }

    private static async Task CreateAsync(ServerAddress address, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await PostgresConnector.OpenAsync(
            address, address.Database, new ConnectorOptions(), cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            using var command = new NpgsqlCommand(
                $"CREATE DATABASE {Sql.Identifier(SampleDatabase.DatabaseName)} TEMPLATE template0 ENCODING 'UTF8'", connection);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
