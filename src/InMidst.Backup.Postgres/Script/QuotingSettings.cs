namespace InMidst.Backup.Postgres.Script;

/// <summary>The session settings on which the end of a statement depends, followed through a script.</summary>
internal static class QuotingSettings
{
    private const int LongestOfInterest = 1024;

    /// <summary>Has the lexer read on as the session would after this statement.</summary>
    public static void Follow(string statement, StatementLexer lexer, bool defaultStandardStrings)
    {
        // Called for every statement, so the many INSERTs must cost nothing.
        if (statement.Length > LongestOfInterest || statement[0] is not ('s' or 'S' or 'r' or 'R'))
            return;
        if (StatementInfo.TryParseSet(statement, out string name, out string value))
        {
            bool isDefault = value.Equals("default", StringComparison.OrdinalIgnoreCase);
            if (name == "standard_conforming_strings")
                lexer.StandardStrings = isDefault ? defaultStandardStrings : !IsOff(value);
            else if (name == "client_encoding")
                lexer.Encoding = EncodingRules.For(isDefault ? "" : value);
            return;
        }

        var tokens = new StatementTokens(statement);
        if (tokens.NextWord() != "reset")
            return;
        string? reset = tokens.NextWord();
        if (reset is "all" or "standard_conforming_strings")
            lexer.StandardStrings = defaultStandardStrings;
        if (reset is "all" or "client_encoding")
            lexer.Encoding = EncodingRules.Safe;
    }

    // Booleans may be shortened as far as they stay unique (PostgreSQL's parse_bool).
    private static bool IsOff(string value)
    {
        string word = value.ToLowerInvariant();
        return word.Length > 0 && (word == "0" || word == "of" || word == "off"
            || "false".StartsWith(word, StringComparison.Ordinal) || "no".StartsWith(word, StringComparison.Ordinal));
    }
}
