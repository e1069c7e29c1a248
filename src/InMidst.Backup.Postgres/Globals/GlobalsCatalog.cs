using System.Text;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Globals;

/// <summary>
/// Reads roles and tablespaces from the catalogues that everybody may read, catalogue by catalogue, for servers that close some of them
/// to their users. The text is that of pg_dumpall --globals-only --no-role-passwords.
/// </summary>
/// <param name="connection">A UTF-8 connection to any database of the cluster.</param>
internal sealed class GlobalsCatalog(NpgsqlConnection connection)
{
    private const string Header = """
        --
        -- PostgreSQL database cluster dump
        --

        SET default_transaction_read_only = off;

        SET client_encoding = 'UTF8';
        SET standard_conforming_strings = on;

        """;

    private const string Roles = """
        SELECT pg_catalog.format(E'CREATE ROLE %1$I;\nALTER ROLE %1$I WITH %2$s;', r.rolname, pg_catalog.concat_ws(' ',
            CASE WHEN r.rolsuper THEN 'SUPERUSER' ELSE 'NOSUPERUSER' END, CASE WHEN r.rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END,
            CASE WHEN r.rolcreaterole THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END, CASE WHEN r.rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END,
            CASE WHEN r.rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END, CASE WHEN r.rolreplication THEN 'REPLICATION' ELSE 'NOREPLICATION' END,
            CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END,
            CASE WHEN r.rolconnlimit <> -1 THEN 'CONNECTION LIMIT ' || r.rolconnlimit END, 'VALID UNTIL ' || pg_catalog.quote_literal(r.rolvaliduntil)))
        FROM pg_catalog.pg_roles r WHERE r.rolname !~ '^pg_' ORDER BY r.rolname
        """;

    private const string Settings = """
        SELECT r.rolname::text, s.setting FROM pg_catalog.pg_roles r, pg_catalog.unnest(r.rolconfig) WITH ORDINALITY s(setting, position)
        ORDER BY r.rolname, s.position
        """;

    private const string Comments = """
        SELECT pg_catalog.format('COMMENT ON ROLE %I IS %L;', r.rolname, pg_catalog.shobj_description(r.oid, 'pg_authid'))
        FROM pg_catalog.pg_roles r WHERE pg_catalog.shobj_description(r.oid, 'pg_authid') IS NOT NULL AND r.rolname !~ '^pg_' ORDER BY r.rolname
        """;

    private const string Memberships = """
        SELECT DISTINCT pg_catalog.format('GRANT %I TO %I%s;', g.rolname, u.rolname, CASE WHEN m.admin_option THEN ' WITH ADMIN OPTION' END)
        FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles g ON g.oid = m.roleid JOIN pg_catalog.pg_roles u ON u.oid = m.member
        WHERE u.rolname !~ '^pg_' ORDER BY 1
        """;

    private const string Tablespaces = """
        SELECT pg_catalog.format('CREATE TABLESPACE %I OWNER %I LOCATION %L;', t.spcname, pg_catalog.pg_get_userbyid(t.spcowner), pg_catalog.pg_tablespace_location(t.oid))
               || coalesce(pg_catalog.format(E'\nALTER TABLESPACE %I SET (%s);', t.spcname, pg_catalog.array_to_string(t.spcoptions, ', ')), '')
        FROM pg_catalog.pg_tablespace t WHERE t.spcname !~ '^pg_' ORDER BY t.spcname
        """;

    private const string TablespacePrivileges = """
        SELECT pg_catalog.format('GRANT CREATE ON TABLESPACE %I TO %s%s;', t.spcname, CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(r.rolname) END,
               CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' END)
        FROM pg_catalog.pg_tablespace t CROSS JOIN LATERAL pg_catalog.aclexplode(t.spcacl) a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
        WHERE t.spcname !~ '^pg_' AND a.grantee <> t.spcowner ORDER BY 1
        """;

    private readonly StringBuilder _text = new(Header);
    private readonly List<string> _refused = [];

    /// <summary>What the server did not let us read, in words.</summary>
    public IReadOnlyList<string> Refused => _refused;

    /// <summary>Reads what can be read.</summary>
    /// <returns>The SQL; the caller disposes it.</returns>
    public async Task<MemoryStream> ReadAsync(CancellationToken cancellationToken)
    {
        await TakeAsync("roles", Roles, r => r.GetString(0), cancellationToken).ConfigureAwait(false);
        await TakeAsync("comments on roles", Comments, r => r.GetString(0), cancellationToken).ConfigureAwait(false);
        await TakeAsync("settings of roles", Settings,
            r => $"ALTER ROLE {Sql.Identifier(r.GetString(0))} SET {CreateDatabaseStatement.Assignment(r.GetString(1))};", cancellationToken).ConfigureAwait(false);
        await TakeAsync("memberships", Memberships, r => r.GetString(0), cancellationToken).ConfigureAwait(false);
        await TakeAsync("tablespaces", Tablespaces, r => r.GetString(0), cancellationToken).ConfigureAwait(false);
        await TakeAsync("privileges on tablespaces", TablespacePrivileges, r => r.GetString(0), cancellationToken).ConfigureAwait(false);
        _text.Append("\n--\n-- PostgreSQL database cluster dump complete\n--\n");
        return new MemoryStream(Encoding.UTF8.GetBytes(_text.ToString()));
    }

    private async Task TakeAsync(string what, string query, Func<NpgsqlDataReader, string> statement, CancellationToken cancellationToken)
    {
        try
        {
            foreach (string line in await SourceFacts.ReadAsync(connection, query, statement, cancellationToken).ConfigureAwait(false))
                _text.Append('\n').Append(line);
            _text.Append('\n');
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            _refused.Add(what);
        }
    }
}
