using System.Text;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Text;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>The statements that give a database its properties. Names are plain text; the maintenance connection speaks UTF-8.</summary>
internal static class CreateDatabaseStatement
{
    /// <summary>CREATE DATABASE with encoding, locale and tablespace, from template0, which has nothing in it.</summary>
    /// <param name="name">The database to make.</param>
    /// <param name="p">The properties.</param>
    /// <param name="major">Major version of the server that makes it.</param>
    public static string Create(string name, DatabaseProperties p, int major)
    {
        var sql = new StringBuilder($"CREATE DATABASE {Sql.Identifier(name)} TEMPLATE template0 ENCODING {Sql.Literal(p.Encoding)}");
        if (major >= 15 && p.LocaleProvider != "libc")
            sql.Append(" LOCALE_PROVIDER ").Append(p.LocaleProvider);
        else if (major >= 15)
            sql.Append(" LOCALE_PROVIDER libc");
        sql.Append(" LC_COLLATE ").Append(Sql.Literal(p.Collate)).Append(" LC_CTYPE ").Append(Sql.Literal(p.CType));
        if (p.Locale is not null && p.LocaleProvider == "icu")
            sql.Append(" ICU_LOCALE ").Append(Sql.Literal(p.Locale));
        if (p.Locale is not null && p.LocaleProvider == "builtin")
            sql.Append(" BUILTIN_LOCALE ").Append(Sql.Literal(p.Locale));
        if (p.IcuRules is not null && major >= 16)
            sql.Append(" ICU_RULES ").Append(Sql.Literal(p.IcuRules));
        if (p.Tablespace != "pg_default")
            sql.Append(" TABLESPACE ").Append(Sql.Identifier(p.Tablespace));
        return sql.ToString();
    }

    /// <summary>The settings the database and roles in it have, in force for every session that begins afterwards.</summary>
    public static IEnumerable<string> Settings(string name, DatabaseProperties p) =>
        p.Settings.Select(s => $"ALTER DATABASE {Sql.Identifier(name)} SET {Assignment(s)}")
            .Concat(p.RoleSettings.Select(s => $"ALTER ROLE {Sql.Identifier(s.Role)} IN DATABASE {Sql.Identifier(name)} SET {Assignment(s.Setting)}"));

    /// <summary>Owner, comment, grants and connection limit: what is given last, when the database is whole.</summary>
    public static IEnumerable<string> Finish(string name, DatabaseProperties p)
    {
        string quoted = Sql.Identifier(name);
        yield return $"ALTER DATABASE {quoted} OWNER TO {Sql.Identifier(p.Owner)}";
        if (p.Comment is not null)
            yield return $"COMMENT ON DATABASE {quoted} IS {Sql.Literal(p.Comment)}";
        foreach (string privilege in p.Privileges)
            yield return privilege.Replace("{database}", quoted, StringComparison.Ordinal);
        if (p.ConnectionLimit >= 0)
            yield return FormattableString.Invariant($"ALTER DATABASE {quoted} CONNECTION LIMIT {p.ConnectionLimit}");
    }

    /// <summary>What follows SET. pg_dump's rule (dumputils.c, makeAlterConfigCommand): lists of names are given as lists of literals.</summary>
    /// <param name="setting">"name=value" the way pg_db_role_setting has them.</param>
    public static string Assignment(string setting)
    {
        int equals = setting.IndexOf('=', StringComparison.Ordinal);
        string name = setting[..equals];
        string value = setting[(equals + 1)..];
        string quotedName = string.Join('.', name.Split('.').Select(Sql.Identifier));
        return IsListOfNames(name)
            ? $"{quotedName} TO {string.Join(", ", SplitNames(value).Select(Sql.Literal))}"
            : $"{quotedName} TO {Sql.Literal(value)}";
    }

    private static bool IsListOfNames(string name) => name.ToUpperInvariant() is
        "SEARCH_PATH" or "TEMP_TABLESPACES" or "SESSION_PRELOAD_LIBRARIES" or "SHARED_PRELOAD_LIBRARIES" or "LOCAL_PRELOAD_LIBRARIES"
        or "UNIX_SOCKET_DIRECTORIES" or "CREATEROLE_SELF_GRANT" or "OAUTH_VALIDATOR_LIBRARIES";

    private static List<string> SplitNames(string list)
    {
        var names = new List<string>();
        var name = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i < list.Length; i++)
        {
            char c = list[i];
            if (quoted && c == '"' && i + 1 < list.Length && list[i + 1] == '"')
            {
                name.Append(c);
                i++;
            }
            else if (c == '"')
            {
                quoted = !quoted;
            }
            else if (!quoted && c == ',')
            {
                names.Add(name.ToString());
                name.Clear();
            }
            else if (quoted || !char.IsWhiteSpace(c))
            {
                name.Append(c);
            }
        }

        names.Add(name.ToString());
        return names;
    }
}
