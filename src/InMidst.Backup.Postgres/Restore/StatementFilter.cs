using InMidst.Backup.Postgres.Script;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// Leaves out statements that a restore was told to do without: owners, privileges, tablespaces, rows. It looks at what a statement
/// does, not at where it comes from, so it serves dumps of any origin; only a change of the session's user means one thing among
/// grants and another elsewhere.
/// </summary>
/// <param name="options">What to do without.</param>
internal sealed class StatementFilter(RestoreOptions options)
{
    private bool _amongGrants;

    /// <summary>The statements that follow make an entry of this type.</summary>
    public void Enter(string type) => _amongGrants = type.Contains("ACL", StringComparison.Ordinal);

    /// <summary>The statements that follow make large objects of our own dumps, where users change only to grant.</summary>
    public void EnterLargeObjects() => _amongGrants = true;

    /// <summary>Whether a statement, or a COPY with its rows, is wanted.</summary>
    public bool Keeps(ScriptItem item)
    {
        if (item.Kind == ScriptItemKind.Copy)
            return !options.SchemaOnly;
        if (options.NoOwner && (IsOwner(item.Text) || (!_amongGrants && StatementInfo.IsSessionAuthorization(item.Text))))
            return false;
        if (options.NoPrivileges && (IsPrivilege(item.Text) || (_amongGrants && StatementInfo.IsSessionAuthorization(item.Text))))
            return false;
        if (options.NoTablespaces && StatementInfo.TryParseSet(item.Text, out string name, out _) && name == "default_tablespace")
            return false;
        return !options.SchemaOnly || !IsData(item.Text);
    }

    /// <summary>ALTER … OWNER TO, whatever it is that gets an owner.</summary>
    public static bool IsOwner(string text)
    {
        var tokens = new StatementTokens(text);
        return tokens.NextWord() == "alter" && tokens.SkipPast("owner") && tokens.NextWord() == "to";
    }

    private static bool IsPrivilege(string text)
    {
        var tokens = new StatementTokens(text);
        return tokens.NextWord() switch
        {
            "grant" or "revoke" => true,
            "alter" => tokens.NextWord() == "default" && tokens.NextWord() == "privileges",
            _ => false,
        };
    }

    private static bool IsData(string text)
    {
        if (StatementInfo.Classify(text) is StatementClass.Insert or StatementClass.SequenceValue or StatementClass.LargeObject)
            return true;
        var tokens = new StatementTokens(text);
        return tokens.NextWord() switch
        {
            "refresh" => true,
            "alter" => IsLargeObject(tokens),
            "comment" or "grant" or "revoke" or "security" => tokens.SkipPast("on") && IsLargeObject(tokens),
            _ => false,
        };
    }

    private static bool IsLargeObject(StatementTokens tokens) => tokens.NextWord() == "large" && tokens.NextWord() == "object";
}
