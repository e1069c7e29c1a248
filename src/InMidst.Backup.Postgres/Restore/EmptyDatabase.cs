using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;
using Npgsql;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>Tells whether a database is empty: holds nothing that somebody made.</summary>
internal static class EmptyDatabase
{
    // In every kind of catalogue that pg_dump dumps from. initdb's own objects have numbers below 16384 (transam.h, FirstNormalObjectId).
    private const string Content = """
        SELECT 'relation ' || c.oid::pg_catalog.regclass::text FROM pg_catalog.pg_class c
        WHERE c.oid >= 16384 AND c.relnamespace <> 'pg_toast'::pg_catalog.regnamespace AND c.relpersistence <> 't'
        UNION ALL SELECT 'function ' || p.oid::pg_catalog.regproc::text FROM pg_catalog.pg_proc p WHERE p.oid >= 16384
        UNION ALL SELECT 'type ' || t.oid::pg_catalog.regtype::text FROM pg_catalog.pg_type t
            WHERE t.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relpersistence = 't')
                AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e JOIN pg_catalog.pg_class c ON c.oid = e.typrelid WHERE e.oid = t.typelem AND c.relpersistence = 't')
        UNION ALL SELECT 'schema ' || n.nspname FROM pg_catalog.pg_namespace n WHERE n.oid >= 16384 AND n.nspname !~ '^pg_(toast_)?temp_'
        UNION ALL SELECT 'extension ' || e.extname FROM pg_catalog.pg_extension e WHERE e.oid >= 16384
        UNION ALL SELECT 'language ' || l.lanname FROM pg_catalog.pg_language l WHERE l.oid >= 16384
        UNION ALL SELECT 'operator ' || o.oprname FROM pg_catalog.pg_operator o WHERE o.oid >= 16384
        UNION ALL SELECT 'operator family ' || f.opfname FROM pg_catalog.pg_opfamily f WHERE f.oid >= 16384
        UNION ALL SELECT 'access method ' || a.amname FROM pg_catalog.pg_am a WHERE a.oid >= 16384
        UNION ALL SELECT 'cast to ' || c.casttarget::pg_catalog.regtype::text FROM pg_catalog.pg_cast c WHERE c.oid >= 16384
        UNION ALL SELECT 'transform for ' || t.trftype::pg_catalog.regtype::text FROM pg_catalog.pg_transform t
        UNION ALL SELECT 'collation ' || c.collname FROM pg_catalog.pg_collation c WHERE c.oid >= 16384 AND c.collnamespace <> 'pg_catalog'::pg_catalog.regnamespace
        UNION ALL SELECT 'conversion ' || c.conname FROM pg_catalog.pg_conversion c WHERE c.oid >= 16384
        UNION ALL SELECT 'text search configuration ' || c.cfgname FROM pg_catalog.pg_ts_config c WHERE c.oid >= 16384
        UNION ALL SELECT 'text search dictionary ' || d.dictname FROM pg_catalog.pg_ts_dict d WHERE d.oid >= 16384
        UNION ALL SELECT 'text search parser ' || p.prsname FROM pg_catalog.pg_ts_parser p WHERE p.oid >= 16384
        UNION ALL SELECT 'text search template ' || t.tmplname FROM pg_catalog.pg_ts_template t WHERE t.oid >= 16384
        UNION ALL SELECT 'foreign data wrapper ' || f.fdwname FROM pg_catalog.pg_foreign_data_wrapper f
        UNION ALL SELECT 'foreign server ' || s.srvname FROM pg_catalog.pg_foreign_server s
        UNION ALL SELECT 'default privileges of role ' || d.defaclrole::pg_catalog.regrole::text FROM pg_catalog.pg_default_acl d
        UNION ALL SELECT 'event trigger ' || t.evtname FROM pg_catalog.pg_event_trigger t
        UNION ALL SELECT 'publication ' || p.pubname FROM pg_catalog.pg_publication p
        UNION ALL SELECT 'subscription ' || s.subname FROM pg_catalog.pg_subscription s
            WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
        UNION ALL SELECT 'large object ' || m.oid FROM pg_catalog.pg_largeobject_metadata m
        LIMIT 1
        """;

    /// <summary>Connects to the database and looks.</summary>
    /// <param name="address">The server.</param>
    /// <param name="database">The database to look into.</param>
    /// <param name="target">The name the user knows it by.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="BackupException"><see cref="ErrorIds.TargetNotEmpty"/>, naming one thing that was found.</exception>
    public static async Task EnsureAsync(ServerAddress address, string database, string target, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await PostgresConnector.OpenAsync(address, database, new ConnectorOptions(), cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            using var command = new NpgsqlCommand(Content, connection);
            if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is string found)
                throw new BackupException(ErrorIds.TargetNotEmpty, $"Database '{target}' is not empty: it holds {found}.", target: target);
        }
    }
}
