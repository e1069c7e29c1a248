namespace InMidst.Backup.Postgres.Script;

/// <summary>Tells statements apart by their first words. Texts are byte strings as in <see cref="ScriptItem.Text"/>.</summary>
public static class StatementInfo
{
    /// <summary>What the statement does. Comments and white space before and between its words do not matter.</summary>
    public static StatementClass Classify(string text)
    {
        var tokens = new StatementTokens(text);
        return tokens.NextWord() switch
        {
            "insert" => StatementClass.Insert,
            "set" => ClassifySet(tokens),
            "reset" => StatementClass.Setting,
            "select" => ClassifySelect(tokens),
            "begin" or "start" or "commit" or "end" or "rollback" or "abort" or "savepoint" or "release" => StatementClass.Transaction,
            _ => StatementClass.Other,
        };
    }

    /// <summary>
    /// Parses SET [SESSION | LOCAL] name { = | TO } value, the forms of SET with a syntax of their own (NAMES, TIME ZONE, ROLE, SESSION
    /// AUTHORIZATION, XML OPTION) and SELECT [pg_catalog.]set_config('name', 'value', …).
    /// </summary>
    /// <param name="text">The statement.</param>
    /// <param name="name">The setting's name in lower case, as in pg_settings.</param>
    /// <param name="value">The value without its quotes; a list, a number or a keyword (DEFAULT) as written.</param>
    public static bool TryParseSet(string text, out string name, out string value)
    {
        var tokens = new StatementTokens(text);
        (string Name, string Value)? setting = tokens.NextWord() switch
        {
            "set" => ParseSet(tokens),
            "select" => ParseSetConfig(tokens),
            _ => null,
        };
        (name, value) = setting ?? ("", "");
        return setting is not null;
    }

    /// <summary>The name of the table of a COPY statement as it is written there, quotes and schema included; null if it is no COPY.</summary>
    public static string? CopyTable(string text)
    {
        var tokens = new StatementTokens(text);
        if (tokens.NextWord() != "copy")
            return null;
        string? name = tokens.NextName();
        // Before 7.3 the option stood in front of the name.
        return string.Equals(name, "BINARY", StringComparison.OrdinalIgnoreCase) && tokens.NextName() is { } next
            && !string.Equals(next, "FROM", StringComparison.OrdinalIgnoreCase) ? next : name;
    }

    /// <summary>Whether it makes the session another user's, or its own user's again.</summary>
    public static bool IsSessionAuthorization(string text)
    {
        var tokens = new StatementTokens(text);
        return tokens.NextWord() is "set" or "reset" && tokens.NextWord() == "session" && tokens.NextWord() == "authorization";
    }

    /// <summary>Whether it gives the session back to its own user, who then has no other role.</summary>
    public static bool EndsSessionAuthorization(string text) =>
        IsSessionAuthorization(text) && (!TryParseSet(text, out _, out string user) || user.Equals("DEFAULT", StringComparison.OrdinalIgnoreCase));

    private static StatementClass ClassifySet(StatementTokens tokens) => tokens.NextWord() switch
    {
        "transaction" => StatementClass.Transaction,
        "constraints" => StatementClass.Other,
        "session" when tokens.NextWord() == "characteristics" => StatementClass.Transaction,
        _ => StatementClass.Setting,
    };

    private static StatementClass ClassifySelect(StatementTokens tokens) => FunctionOf(tokens) switch
    {
        "set_config" => StatementClass.Setting,
        "setval" => StatementClass.SequenceValue,
        "lowrite" => StatementClass.LargeObject,
        { } function when function.StartsWith("lo_", StringComparison.Ordinal) => StatementClass.LargeObject,
        _ => StatementClass.Other,
    };

    private static string? FunctionOf(StatementTokens tokens)
    {
        string? function = tokens.NextName()?.ToLowerInvariant();
        return function?.StartsWith("pg_catalog.", StringComparison.Ordinal) is true ? function["pg_catalog.".Length..] : function;
    }

    private static (string Name, string Value)? ParseSet(StatementTokens tokens)
    {
        string? name = tokens.NextWord();
        if (name is "session" or "local")
        {
            name = tokens.NextWord();
            if (name == "authorization")
                return ("session_authorization", tokens.RestAsValue());
        }

        switch (name)
        {
            case null or "transaction" or "constraints" or "characteristics":
                return null;
            case "names":
                return ("client_encoding", tokens.RestAsValue());
            case "role":
                return ("role", tokens.RestAsValue());
            case "time" when tokens.NextWord() == "zone":
                return ("timezone", tokens.RestAsValue());
            case "xml" when tokens.NextWord() == "option":
                return ("xmloption", tokens.RestAsValue());
        }

        while (tokens.TakeSymbol('.') && tokens.NextWord() is { } part)
            name += "." + part;
        return tokens.TakeSymbol('=') || tokens.NextWord() == "to" ? (name, tokens.RestAsValue()) : null;
    }

    private static (string Name, string Value)? ParseSetConfig(StatementTokens tokens)
    {
        if (FunctionOf(tokens) != "set_config" || !tokens.TakeSymbol('(') || tokens.NextString() is not { } name
            || !tokens.TakeSymbol(',') || tokens.NextString() is not { } value)
            return null;
        return (name.ToLowerInvariant(), value);
    }
}
