using InMidst.Backup.Postgres.Protocol;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Copy;

/// <summary>
/// The session settings under which every COPY runs, at backup and at comparison: whatever a role or database sets, the same rows
/// give the same bytes. Settings that a server does not know are left out.
/// </summary>
internal static class PinnedSession
{
    /// <summary>
    /// lc_monetary is pinned to C rather than to the source's: the value survives unchanged (money is an integer inside) and can be
    /// read back on a machine that lacks the source's locale. The dump sets it the same way around its data.
    /// </summary>
    public const string Monetary = "C";

    private static readonly (string Name, string Value)[] Settings =
    [
        ("DateStyle", "ISO"),
        ("IntervalStyle", "postgres"),
        ("TimeZone", "UTC"),
        ("extra_float_digits", "3"),
        ("bytea_output", "hex"),
        ("lc_monetary", Monetary),
        ("xmloption", "content"),
        ("search_path", ""),
        ("row_security", "off"),
        ("quote_all_identifiers", "off"),
        ("enable_tidscan", "on"),
        ("synchronize_seqscans", "off"),
        ("max_parallel_workers_per_gather", "0"),
        ("jit", "off"),
        ("standard_conforming_strings", "on"),
        ("restrict_nonsystem_relation_kind", "view,foreign-table"),
        ("statement_timeout", "0"),
        ("lock_timeout", "0"),
        ("idle_in_transaction_session_timeout", "0"),
        ("idle_session_timeout", "0"),
        ("transaction_timeout", "0"),
    ];

    private static readonly string Statement =
        "SELECT pg_catalog.set_config('client_encoding', pg_catalog.getdatabaseencoding(), false) " +
        "UNION ALL SELECT pg_catalog.set_config(w.name, w.value, false) " +
        $"FROM (VALUES {string.Join(", ", Settings.Select(s => $"({Sql.Literal(s.Name)}, {Sql.Literal(s.Value)})"))}) w(name, value) " +
        "WHERE EXISTS (SELECT FROM pg_catalog.pg_settings s WHERE pg_catalog.lower(s.name) = pg_catalog.lower(w.name))";

    /// <summary>Applies the settings to a byte-text connection and sets client_encoding to the database's own.</summary>
    public static async Task ApplyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(Statement, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Applies the settings to a session for bulk streams and sets client_encoding to the database's own.</summary>
    public static Task ApplyAsync(WireConnection connection, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(Statement, cancellationToken);
}
