using InMidst.Backup.Postgres.Script;
using InMidst.Backup.Postgres.Text;

namespace InMidst.Backup.Postgres.Globals;

/// <summary>One statement of what pg_dumpall --globals-only writes, as text of any characters.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Name">The role or tablespace; of a membership the group.</param>
/// <param name="Other">The member, the grantee (PUBLIC is an empty name), or the owner of a new tablespace.</param>
/// <param name="Text">The statement.</param>
internal sealed record GlobalsStatement(GlobalsKind Kind, string Name, string Other, string Text)
{
    // SUPERUSER and its like may be named by superusers only, even to say no.
    private static readonly HashSet<string> ForSuperusers =
        ["superuser", "nosuperuser", "replication", "noreplication", "bypassrls", "nobypassrls"];

    /// <summary>Reads a statement.</summary>
    public static GlobalsStatement Parse(string text)
    {
        var tokens = new StatementTokens(text);
        return tokens.NextWord() switch
        {
            "create" => ParseCreate(tokens, text),
            "alter" => ParseAlter(tokens, text),
            "comment" or "security" when tokens.SkipPast("on") => ParseNote(tokens, text),
            "grant" or "revoke" => ParseGrant(tokens, text),
            _ => new GlobalsStatement(GlobalsKind.Other, "", "", text),
        };
    }

    /// <summary>A membership without its grantor, who may not exist, and in the words that the server's version knows.</summary>
    /// <param name="major">The server's major version.</param>
    public string ToMembership(int major)
    {
        var tokens = new StatementTokens(Text);
        tokens.SkipPast("to");
        tokens.NextName();
        var options = new List<string>();
        if (tokens.NextWord() == "with")
        {
            do
            {
                // WITH ADMIN OPTION, INHERIT FALSE, SET FALSE: all but the first since 16.
                string option = tokens.NextWord() ?? "";
                string value = tokens.NextWord() ?? "";
                if (major >= 16)
                    options.Add($"{option} {value}");
                else if (option == "admin" && value is "option" or "true")
                    options.Add("ADMIN OPTION");
            }
            while (tokens.TakeSymbol(','));
        }

        return $"GRANT {Sql.Identifier(Name)} TO {Sql.Identifier(Other)}{(options.Count > 0 ? " WITH " + string.Join(", ", options) : "")}";
    }

    /// <summary>A role's attributes without those that only a superuser may give.</summary>
    /// <param name="left">Those that the role had and does not get.</param>
    public string ToOwnAttributes(out IReadOnlyList<string> left)
    {
        var tokens = new StatementTokens(Text);
        tokens.SkipPast("with");
        string rest = tokens.RestAsValue();
        string[] words = rest.Split(' ');
        int end = Array.FindIndex(words, w => w is "CONNECTION" or "PASSWORD" or "VALID");
        string[] attributes = end < 0 ? words : words[..end];
        left = [.. attributes.Where(w => ForSuperusers.Contains(w.ToLowerInvariant()) && !w.StartsWith("NO", StringComparison.OrdinalIgnoreCase))];
        IEnumerable<string> kept = attributes.Where(w => !ForSuperusers.Contains(w.ToLowerInvariant()));
        return $"ALTER ROLE {Sql.Identifier(Name)} WITH {string.Join(' ', kept.Concat(end < 0 ? [] : words[end..]))}";
    }

    /// <summary>Whether the attributes let the role log in, and give it no password to do so.</summary>
    public bool IsLoginWithoutPassword()
    {
        var tokens = new StatementTokens(Text);
        return tokens.SkipPast("with") && tokens.SkipPast("login") && !tokens.SkipPast("password");
    }

    /// <summary>Where a new tablespace lies on the server; empty for one in the data directory.</summary>
    public string Location()
    {
        // CREATE TABLESPACE name OWNER name LOCATION 'directory': the names may be any of these words.
        var tokens = new StatementTokens(Text);
        tokens.SkipPast("tablespace");
        tokens.NextName();
        if (Other.Length > 0 && tokens.NextWord() is not null)
            tokens.NextName();
        string location = tokens.NextWord() == "location" ? tokens.NextString() ?? "" : "";

        // Older pg_dumpall writes where an in-place tablespace lay in the data directory, which no server takes.
        return location.StartsWith("pg_tblspc/", StringComparison.Ordinal) ? "" : location;
    }

    private static GlobalsStatement ParseCreate(StatementTokens tokens, string text)
    {
        string? kind = tokens.NextWord();
        string name = Unquote(tokens.NextName());
        string owner = kind == "tablespace" && tokens.NextWord() == "owner" ? Unquote(tokens.NextName()) : "";
        return kind switch
        {
            "role" => new GlobalsStatement(GlobalsKind.CreateRole, name, "", text),
            "tablespace" => new GlobalsStatement(GlobalsKind.CreateTablespace, name, owner, text),
            _ => new GlobalsStatement(GlobalsKind.Other, "", "", text),
        };
    }

    private static GlobalsStatement ParseAlter(StatementTokens tokens, string text)
    {
        string? kind = tokens.NextWord();
        string name = Unquote(tokens.NextName());
        return (kind, tokens.NextWord()) switch
        {
            ("role", "with") => new GlobalsStatement(GlobalsKind.RoleAttributes, name, "", text),
            ("role", "set") => new GlobalsStatement(GlobalsKind.RoleDetail, name, "", text),
            ("tablespace", _) => new GlobalsStatement(GlobalsKind.TablespaceDetail, name, "", text),
            _ => new GlobalsStatement(GlobalsKind.Other, "", "", text),
        };
    }

    private static GlobalsStatement ParseNote(StatementTokens tokens, string text) => tokens.NextWord() switch
    {
        "role" => new GlobalsStatement(GlobalsKind.RoleDetail, Unquote(tokens.NextName()), "", text),
        "tablespace" => new GlobalsStatement(GlobalsKind.TablespaceDetail, Unquote(tokens.NextName()), "", text),
        _ => new GlobalsStatement(GlobalsKind.Other, "", "", text),
    };

    private static GlobalsStatement ParseGrant(StatementTokens tokens, string text)
    {
        string first = Unquote(tokens.NextName());
        if (tokens.NextWord() == "to")
            return new GlobalsStatement(GlobalsKind.Membership, first, Unquote(tokens.NextName()), text);
        var again = new StatementTokens(text);
        again.SkipPast("on");
        string? kind = again.NextWord();
        string name = Unquote(again.NextName());
        again.SkipPast("to", "from");
        string grantee = Unquote(again.NextName());
        grantee = grantee == "public" ? "" : grantee;
        return kind switch
        {
            "tablespace" => new GlobalsStatement(GlobalsKind.TablespaceDetail, name, grantee, text),
            "parameter" => new GlobalsStatement(GlobalsKind.ParameterPrivilege, grantee, "", text),
            _ => new GlobalsStatement(GlobalsKind.Other, "", "", text),
        };
    }

    // The server's rule: quoted names are as they stand, others in lower case.
    private static string Unquote(string? written) => written switch
    {
        null => "",
        ['"', .., '"'] => written[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal),
        _ => written.ToLowerInvariant(),
    };
}
