using System.Text;
using InMidst.Backup.Postgres.Script;
using Npgsql;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// Knows the statements of a dump that a server may refuse to a role that is no superuser, as managed services do, and without which
/// the restored database still holds all that was backed up: comments, default privileges of other roles, privileges on what belongs to
/// the server, and what makes a database act on its surroundings (event triggers, publications, subscriptions). Everything else that is
/// refused would be missing, and is no business of this class. Safe for use by several threads at once.
/// </summary>
internal sealed class HarmlessRefusal
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _absent = new(StringComparer.Ordinal);

    /// <summary>What the database is without, in words; null when the refusal must end the restore.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="refusal">The server's answer.</param>
    public string? Describe(string statement, PostgresException refusal) => refusal.SqlState switch
    {
        PostgresErrorCodes.InsufficientPrivilege => DescribeForbidden(statement),
        // What follows CREATE EVENT TRIGGER and the like: ALTER, COMMENT.
        PostgresErrorCodes.UndefinedObject => Subject(statement) is { } subject && IsAbsent(subject) ? subject : null,
        _ => null,
    };

    /// <summary>What to do about a refusal that ends the restore, where that is known; null otherwise.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="refusal">The server's answer.</param>
    public static string? Advise(string statement, PostgresException refusal)
    {
        if (refusal.SqlState != PostgresErrorCodes.InsufficientPrivilege)
            return null;
        var tokens = new StatementTokens(statement);
        return tokens.NextWord() switch
        {
            "alter" when tokens.SkipPast("owner") => "Only members of a role may give it objects: -NoOwner leaves them to the role that restores.",
            "grant" or "revoke" => "-NoPrivileges leaves all grants out.",
            "set" => "-NoOwner and -NoPrivileges leave out what acts for other roles.",
            "create" when tokens.NextWord() == "extension" => "Only a superuser may create this extension: ask the service for it, or create it before the restore.",
            _ => null,
        };
    }

    private string? DescribeForbidden(string statement)
    {
        if (Subject(statement) is { } subject)
        {
            var words = new StatementTokens(statement);
            string? verb = words.NextWord();

            // Only a CREATE that failed leaves a thing absent for those that follow.
            if (verb == "create")
            {
                lock (_gate)
                    _absent.Add(subject);
            }

            // A foreign owner is refused here as for a table.
            return verb == "alter" && words.SkipPast("owner") ? null : subject;
        }

        var tokens = new StatementTokens(statement);
        return tokens.NextWord() switch
        {
            "comment" => "a comment",
            "alter" when tokens.NextWord() == "default" => "default privileges of another role",
            "grant" or "revoke" when IsOnTheServersOwn(tokens) => "privileges on what belongs to the server",
            _ => null,
        };
    }

    private bool IsAbsent(string subject)
    {
        lock (_gate)
            return _absent.Contains(subject);
    }

    /// <summary>The event trigger, publication or subscription that a CREATE, ALTER or COMMENT is about, such as "event trigger guard".</summary>
    private static string? Subject(string statement)
    {
        var tokens = new StatementTokens(statement);
        string? verb = tokens.NextWord();
        if (verb == "comment" && tokens.NextWord() != "on")
            return null;
        if (verb is not ("create" or "alter" or "comment"))
            return null;
        string? kind = tokens.NextWord();
        if (kind == "event" && tokens.NextWord() == "trigger")
            kind = "event trigger";
        return kind is "event trigger" or "publication" or "subscription" ? $"{kind} {tokens.NextName()}" : null;
    }

    /// <summary>
    /// Whether a GRANT is about an object of initdb's: pg_dump writes down where it differs from how it was made (pg_init_privs). Objects
    /// of the dump belong to the role that restores them, or to one of which it is a member.
    /// </summary>
    private static bool IsOnTheServersOwn(StatementTokens tokens)
    {
        if (!tokens.SkipPast("on"))
            return false;
        var words = new StringBuilder();
        for (int i = 0; i < 4 && tokens.NextName() is { } name; i++)
            words.Append(' ').Append(name.ToLowerInvariant());
        string subject = words.Append(' ').ToString();
        return subject.Contains(" pg_catalog.", StringComparison.Ordinal) || subject.Contains(" information_schema.", StringComparison.Ordinal)
            || subject.StartsWith(" schema public ", StringComparison.Ordinal) || subject.StartsWith(" schema pg_catalog ", StringComparison.Ordinal)
            || subject.StartsWith(" schema information_schema ", StringComparison.Ordinal) || subject.StartsWith(" language ", StringComparison.Ordinal);
    }
}
