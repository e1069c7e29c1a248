using System.Text;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Script;
using InMidst.Backup.Postgres.Text;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>What a restore needs of the server when parts of a dump are left out: no role is asked for that nothing names any more.</summary>
/// <param name="index">The dump's index.</param>
/// <param name="plan">What is restored.</param>
/// <param name="options">What is left out.</param>
internal sealed class NeededRequirements(DumpIndex index, RestorePlan plan, RestoreOptions options)
{
    private readonly DatabaseText _text = new(index.Backup.Database.Encoding);

    /// <summary>The database's properties, as far as they are wanted.</summary>
    /// <param name="all">Those of the source.</param>
    /// <param name="options">What is left out.</param>
    public static DatabaseProperties Properties(DatabaseProperties all, RestoreOptions options) => all with
    {
        Owner = options.NoOwner ? options.Role ?? options.Address.UserName : all.Owner,
        Privileges = options.NoPrivileges ? [] : all.Privileges,
        Tablespace = options.NoTablespaces ? "pg_default" : all.Tablespace,
    };

    /// <summary>The requirements.</summary>
    public RequirementsRecord Find()
    {
        RequirementsRecord all = index.Backup.Requirements;
        bool everything = plan.Selection.IsEverything;
        if (everything && !options.NoOwner && !options.NoPrivileges && !options.NoTablespaces)
            return all;
        return all with
        {
            Roles = [.. all.Roles.Where(IsNamed)],
            Tablespaces = options.NoTablespaces ? [] : everything ? all.Tablespaces : [.. all.Tablespaces.Where(IsUsed)],
            Extensions = everything ? all.Extensions : [.. all.Extensions.Where(
                x => index.Entries.Any(e => e.Type == "EXTENSION" && e.Name == x.Name && plan.Selection.Includes(e)))],
            Locales = everything || index.Entries.Any(e => e.Type == "COLLATION" && plan.Selection.Includes(e)) ? all.Locales : [],
        };
    }

    private bool IsNamed(string role)
    {
        DatabaseProperties database = Properties(index.Backup.Database, options);
        if ((!options.NoOwner && database.Owner == role) || database.RoleSettings.Any(s => s.Role == role)
            || database.Privileges.Any(p => NamesRole(p, role)))
        {
            return true;
        }

        // Names of roles are shared by databases of all encodings.
        string[] spellings = [_text.Encode(role), Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(role))];
        return plan.AllEntries.Any(entry => entry.Statements.Any(s =>
            (entry.Record.Type is "ACL" or "ACL LANGUAGE" or "DEFAULT ACL" or "POLICY" or "USER MAPPING" || StatementFilter.IsOwner(s.Text))
            && spellings.Any(r => NamesRole(s.Text, r))));
    }

    private bool IsUsed(string tablespace) => index.Backup.Database.Tablespace == tablespace
        || plan.AllEntries.SelectMany(e => e.Settings.Values).Any(s =>
            StatementInfo.TryParseSet(s.Text, out string name, out string value) && name == "default_tablespace"
            && value.Trim('"').Replace("\"\"", "\"", StringComparison.Ordinal) == _text.Encode(tablespace));

    /// <summary>Whether the role stands where a statement names roles: behind TO, FROM, FOR or AUTHORIZATION.</summary>
    private static bool NamesRole(string statement, string role)
    {
        var tokens = new StatementTokens(statement);
        return tokens.SkipPast("to", "from", "for", "authorization") && Mentions(tokens.RestAsValue(), role);
    }

    private static bool Mentions(string text, string name)
    {
        if (text.Contains(Sql.Identifier(name), StringComparison.Ordinal))
            return true;
        for (int at = text.IndexOf(name, StringComparison.Ordinal); at >= 0; at = text.IndexOf(name, at + 1, StringComparison.Ordinal))
        {
            int end = at + name.Length;
            if ((at == 0 || !IsOfName(text[at - 1])) && (end == text.Length || !IsOfName(text[end])))
                return true;
        }

        return false;
    }

    private static bool IsOfName(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' or '"' or >= '\x80';
}
