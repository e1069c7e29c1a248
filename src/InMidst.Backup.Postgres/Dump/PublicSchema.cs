using InMidst.Backup.Core.Format;
using Npgsql;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>
/// Until 14 everyone may create in the schema public of a new database, since 15 only its owner. A pg_dump of 15 or later writes the
/// grants of that schema as they differ from the new default, whatever the server's major (pg_dump.c, getNamespaces); loaded on 14 they
/// would leave a right that was revoked in the source.
/// </summary>
internal static class PublicSchema
{
    private const int FirstMajorWithRevokedCreate = 15;
    private const string Name = "SCHEMA public";
    private const string Type = "ACL";
    private const string Revoke = "REVOKE CREATE ON SCHEMA public FROM PUBLIC";

    /// <summary>Lets the grants begin with the default they were written for; does nothing where that is the server's own.</summary>
    /// <param name="entries">The schema's entries; one may be added or replaced.</param>
    /// <param name="session">The source.</param>
    /// <param name="pgDumpMajor">Major version of the pg_dump that wrote the entries.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public static async Task CompleteAsync(List<TocEntry> entries, SourceSession session, int pgDumpMajor, CancellationToken cancellationToken)
    {
        if (session.Identity.Major >= FirstMajorWithRevokedCreate || pgDumpMajor < FirstMajorWithRevokedCreate)
            return;
        int index = entries.FindIndex(e => e.Type == Type && e.Name == Name);
        if (index >= 0)
            entries[index] = entries[index] with { Statements = [Revoke, .. entries[index].Statements] };
        else if (await ExistsAsync(session.Connection, cancellationToken).ConfigureAwait(false))
            entries.Add(NewEntry(entries.Max(e => e.Id)));
    }

    private static TocEntry NewEntry(int? greatestId) => new()
    {
        Id = greatestId + 1,
        Name = Name,
        Type = Type,
        Schema = null,
        Owner = null,
        HeaderLine = $"-- Name: {Name}; Type: {Type}; Schema: -; Owner: -",
        Statements = [Revoke],
        Settings = new Dictionary<string, string>(),
        Frame = FrameKind.Privileges,
    };

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'public')", connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }
}
