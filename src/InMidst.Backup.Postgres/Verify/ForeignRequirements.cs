using System.Globalization;
using System.Text.RegularExpressions;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Script;
using InMidst.Backup.Postgres.Text;

namespace InMidst.Backup.Postgres.Verify;

/// <summary>
/// Collects what a server must have for a dump that other tools wrote: its statements name the roles, tablespaces and extensions, and
/// its header the version.
/// </summary>
internal sealed partial class ForeignRequirements
{
    // No roles of their own, wherever a role may stand.
    private static readonly HashSet<string> Keywords = ["public", "current_user", "current_role", "session_user", "default", "none"];

    private readonly SortedSet<string> _roles = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _tablespaces = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _extensions = new(StringComparer.Ordinal);
    private readonly HashSet<string> _made = [];
    private DatabaseText _text = new("UTF8");
    private string _pgDumpVersion = "";

    /// <summary>Major version of the source, or null where the dump does not tell.</summary>
    public int? SourceMajor { get; private set; }

    /// <summary>What was found so far.</summary>
    public RequirementsRecord ToRecord() => new()
    {
        Extensions = [.. _extensions.Where(e => e != "plpgsql").Select(e => new ExtensionRequirement(e, ""))],
        Roles = [.. _roles.Where(r => !_made.Contains(r))],
        Tablespaces = [.. _tablespaces],
        PgDumpVersion = _pgDumpVersion,
    };

    /// <summary>Looks at one item of the script.</summary>
    public void Take(ScriptItem item)
    {
        if (item.Kind == ScriptItemKind.Comment)
            TakeComment(item.Text);
        else if (item.Kind == ScriptItemKind.Statement)
            TakeStatement(item.Text);
    }

    private void TakeComment(string line)
    {
        if (SourceMajor is null && SourceVersionPattern().Match(line) is { Success: true } source)
            SourceMajor = int.Parse(source.Groups["major"].ValueSpan, CultureInfo.InvariantCulture);
        else if (_pgDumpVersion.Length == 0 && PgDumpVersionPattern().Match(line) is { Success: true } program)
            _pgDumpVersion = program.Groups["version"].Value;
    }

    private void TakeStatement(string text)
    {
        if (StatementInfo.TryParseSet(text, out string name, out string value))
        {
            TakeSetting(name, value);
            return;
        }

        var tokens = new StatementTokens(text);
        switch (tokens.NextWord())
        {
            case "alter":
                TakeAlter(tokens);
                break;
            case "grant" or "revoke":
                TakeRolesAfter(tokens, "to", "from");
                break;
            case "create":
                TakeCreate(tokens);
                break;
        }
    }

    private void TakeSetting(string name, string value)
    {
        switch (name)
        {
            case "client_encoding":
                _text = new DatabaseText(value);
                break;
            case "session_authorization" or "role":
                // pg_dump writes a string, which is the name as it is.
                if (!value.StartsWith('"') && !IsKeyword(value))
                    _roles.Add(_text.Decode(value));
                break;
            case "default_tablespace" when value.Length > 0:
                _tablespaces.Add(Name(value));
                break;
        }
    }

    private void TakeAlter(StatementTokens tokens)
    {
        string? kind = tokens.NextWord();
        if (kind == "default")
        {
            // ALTER DEFAULT PRIVILEGES FOR ROLE a, b IN SCHEMA s GRANT … TO c
            TakeRolesAfter(tokens, "role", "user");
            TakeRolesAfter(tokens, "to", "from");
        }
        else
        {
            TakeOwner(tokens);
        }
    }

    private void TakeOwner(StatementTokens tokens)
    {
        while (tokens.SkipPast("owner"))
        {
            // Objects may be called owner, too.
            string? next;
            do
                next = tokens.NextWord();
            while (next == "owner");
            if (next == "to" && tokens.NextName() is { } owner)
                AddRole(owner);
        }
    }

    private void TakeCreate(StatementTokens tokens)
    {
        switch (tokens.NextWord())
        {
            case "extension":
                string? name = tokens.NextName();
                if (string.Equals(name, "if", StringComparison.OrdinalIgnoreCase) && tokens.NextWord() == "not" && tokens.NextWord() == "exists")
                    name = tokens.NextName();
                if (name is not null)
                    _extensions.Add(Name(name));
                break;
            case "role" or "user" or "group":
                TakeCreatedRole(tokens);
                break;
            case "policy" when tokens.SkipPast("on"):
                // The table's name, then … TO roles before the expressions.
                _ = tokens.NextName();
                TakeRolesAfter(tokens, "to");
                break;
            case "schema" when tokens.SkipPast("authorization") && tokens.NextName() is { } owner:
                AddRole(owner);
                break;
        }
    }

    /// <summary>CREATE USER MAPPING FOR role names one; CREATE ROLE makes its own.</summary>
    private void TakeCreatedRole(StatementTokens tokens)
    {
        if (tokens.NextName() is not { } name)
            return;
        if (string.Equals(name, "mapping", StringComparison.OrdinalIgnoreCase))
            TakeRolesAfter(tokens, "for");
        else
            _made.Add(Name(name));
    }

    /// <summary>Takes the list of names after the next of these words.</summary>
    private void TakeRolesAfter(StatementTokens tokens, params ReadOnlySpan<string> words)
    {
        if (!tokens.SkipPast(words))
            return;
        do
        {
            if (tokens.NextName() is { } role)
                AddRole(role);
        }
        while (tokens.TakeSymbol(','));
    }

    private void AddRole(string written)
    {
        if (!IsKeyword(written))
            _roles.Add(Name(written));
    }

    private static bool IsKeyword(string written) => Keywords.Contains(written.ToLowerInvariant());

    // The server's rule: quoted names are as they stand, others in lower case.
    private string Name(string written) => _text.Decode(written.StartsWith('"')
        ? written[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal)
        : written.ToLowerInvariant());

    [GeneratedRegex(@"^-- Dumped from database version (?<major>\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex SourceVersionPattern();

    [GeneratedRegex(@"^-- Dumped by pg_dump version (?<version>\S+)", RegexOptions.CultureInvariant)]
    private static partial Regex PgDumpVersionPattern();
}
