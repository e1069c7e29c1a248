using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>
/// Reads what belongs to a database but stands in no dump of it: encoding, locale, owner, grants, settings. Texts in the result
/// are decoded.
/// </summary>
internal static class DatabasePropertiesReader
{
    /// <summary>Reads the properties of the database the connection is in, or of another one of its server.</summary>
    /// <param name="connection">A byte-text connection.</param>
    /// <param name="major">The server's major version.</param>
    /// <param name="text">Converts this database's names.</param>
    /// <param name="database">
    /// Another database's name, or null for the connection's own: what a shared catalogue holds need not be in this database's encoding.
    /// </param>
    /// <param name="cancellationToken">Cancels the queries.</param>
    public static async Task<DatabaseProperties> ReadAsync(
        NpgsqlConnection connection, int major, DatabaseText text, string? database, CancellationToken cancellationToken)
    {
        DatabaseProperties properties = await ReadRowAsync(connection, major, text, database, cancellationToken).ConfigureAwait(false);
        List<RoleSetting> settings = await ReadSettingsAsync(connection, text, database, cancellationToken).ConfigureAwait(false);
        return properties with
        {
            Privileges = await ReadPrivilegesAsync(connection, text, database, cancellationToken).ConfigureAwait(false),
            Settings = [.. settings.Where(s => s.Role.Length == 0).Select(s => s.Setting)],
            RoleSettings = [.. settings.Where(s => s.Role.Length > 0)],
        };
    }

    // daticulocale came with 15 and was renamed in 17; 14 knows libc only.
    private static string Query(int major)
    {
        string provider = major >= 15 ? "CASE d.datlocprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END" : "'libc'";
        string locale = major >= 17 ? "d.datlocale" : major >= 15 ? "d.daticulocale" : "NULL";
        string rules = major >= 16 ? "d.daticurules" : "NULL";
        string version = major >= 15 ? "d.datcollversion" : "NULL";
        return $"""
            SELECT pg_catalog.pg_encoding_to_char(d.encoding)::text, {provider}, d.datcollate::text, d.datctype::text,
                   {locale}::text, {rules}::text, {version}::text,
                   s.reset_val,
                   r.rolname::text, d.datconnlimit, t.spcname::text, pg_catalog.shobj_description(d.oid, 'pg_database')
            FROM pg_catalog.pg_database d
            JOIN pg_catalog.pg_roles r ON r.oid = d.datdba
            JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
            JOIN pg_catalog.pg_settings s ON s.name = 'lc_monetary'
            WHERE d.datname = coalesce($1::pg_catalog.text, pg_catalog.current_database())
            """;
    }

    private static async Task<DatabaseProperties> ReadRowAsync(
        NpgsqlConnection connection, int major, DatabaseText text, string? database, CancellationToken cancellationToken)
    {
        using NpgsqlCommand command = Command(connection, Query(major), database);
        using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return new DatabaseProperties
        {
            Encoding = reader.GetString(0),
            LocaleProvider = reader.GetString(1),
            Collate = text.Decode(reader.GetString(2)),
            CType = text.Decode(reader.GetString(3)),
            Locale = Optional(4),
            IcuRules = Optional(5),
            CollationVersion = Optional(6),
            Monetary = text.Decode(reader.GetString(7)),
            Owner = text.Decode(reader.GetString(8)),
            ConnectionLimit = reader.GetInt32(9),
            Tablespace = text.Decode(reader.GetString(10)),
            Comment = Optional(11),
        };

        string? Optional(int column) => reader.IsDBNull(column) ? null : text.Decode(reader.GetString(column));
    }

    private static async Task<List<string>> ReadPrivilegesAsync(
        NpgsqlConnection connection, DatabaseText text, string? database, CancellationToken cancellationToken)
    {
        const string Query = """
            SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(r.rolname) END,
                   pg_catalog.string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type), a.is_grantable
            FROM pg_catalog.pg_database d, pg_catalog.aclexplode(d.datacl) a
            LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
            WHERE d.datname = coalesce($1::pg_catalog.text, pg_catalog.current_database())
            GROUP BY 1, a.is_grantable ORDER BY 1, a.is_grantable
            """;
        var grants = new List<string>();
        using NpgsqlCommand command = Command(connection, Query, database);
        using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            string option = reader.GetBoolean(2) ? " WITH GRANT OPTION" : "";
            grants.Add($"GRANT {reader.GetString(1)} ON DATABASE {{database}} TO {text.Decode(reader.GetString(0))}{option}");
        }

        // An access list that differs from the default replaces it, PUBLIC's implicit rights included.
        if (grants.Count > 0)
            grants.Insert(0, "REVOKE ALL ON DATABASE {database} FROM PUBLIC");
        return grants;
    }

    private static async Task<List<RoleSetting>> ReadSettingsAsync(
        NpgsqlConnection connection, DatabaseText text, string? database, CancellationToken cancellationToken)
    {
        const string Query = """
            SELECT coalesce(r.rolname::text, ''), c.setting
            FROM pg_catalog.pg_db_role_setting s
            JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
            LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole,
            pg_catalog.unnest(s.setconfig) WITH ORDINALITY c(setting, position)
            WHERE d.datname = coalesce($1::pg_catalog.text, pg_catalog.current_database()) ORDER BY 1, c.position
            """;
        var settings = new List<RoleSetting>();
        using NpgsqlCommand command = Command(connection, Query, database);
        using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            settings.Add(new RoleSetting(text.Decode(reader.GetString(0)), text.Decode(reader.GetString(1))));
        return settings;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string query, string? database)
    {
        var command = new NpgsqlCommand(query, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)database ?? DBNull.Value });
        return command;
    }
}
