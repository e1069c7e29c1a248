using System.Text.RegularExpressions;
using InMidst.Backup.Postgres.Script;
using Npgsql;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// Tells a statement that is refused because the server lacks something (an extension, a role, a locale, a tablespace) from one that is
/// wrong. Dumps of other tools do not say beforehand what they need.
/// </summary>
internal static partial class MissingRequirement
{
    /// <summary>What is missing, in words with the way to get it; null when the refusal has another reason.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="refusal">The server's answer.</param>
    /// <param name="major">The server's major version.</param>
    public static string? Describe(string statement, PostgresException refusal, int major)
    {
        if (Role(refusal) is { } role)
            return $"role {role} (CREATE ROLE)";
        if (refusal.SqlState == PostgresErrorCodes.UndefinedObject && refusal.Routine == "get_tablespace_oid")
            return $"a tablespace: {refusal.MessageText} (CREATE TABLESPACE)";
        if (StatementInfo.TryParseSet(statement, out string setting, out string value))
        {
            bool missing = refusal.SqlState == PostgresErrorCodes.InvalidParameterValue && setting is "default_tablespace" or "default_table_access_method";
            return missing ? $"{(setting == "default_tablespace" ? "tablespace" : "table access method")} {value}" : null;
        }

        var tokens = new StatementTokens(statement);
        if (tokens.NextWord() != "create")
            return null;
        return tokens.NextWord() switch
        {
            // feature_not_supported since 15, undefined_file before (extension.c).
            "extension" when refusal.SqlState is PostgresErrorCodes.FeatureNotSupported or PostgresErrorCodes.UndefinedFile =>
                DescribeExtension(ExtensionName(tokens), major),
            "collation" when refusal.SqlState is PostgresErrorCodes.InvalidParameterValue or PostgresErrorCodes.UndefinedObject =>
                $"a locale: {refusal.MessageText} (Debian: add it to /etc/locale.gen, run locale-gen, restart PostgreSQL)",
            _ => null,
        };
    }

    /// <summary>The role that does not exist, as its catalogue has it; null when the refusal is about something else.</summary>
    private static string? Role(PostgresException refusal)
    {
        if (refusal.SqlState != PostgresErrorCodes.UndefinedObject || refusal.Routine is not ("get_role_oid" or "get_rolespec_tuple"))
            return null;
        // Messages differ by language, and so do their quotes; the name is all that stands between the first and the last.
        Match quoted = QuotedName().Match(refusal.MessageText);
        return quoted.Success ? quoted.Groups[1].Value : refusal.MessageText;
    }

    private static string DescribeExtension(string name, int major) => $"extension {name} ({ExtensionPackages.Advice(name, major)})";

    private static string ExtensionName(StatementTokens tokens)
    {
        string? name = tokens.NextName();
        if (string.Equals(name, "IF", StringComparison.OrdinalIgnoreCase) && tokens.NextWord() == "not" && tokens.NextWord() == "exists")
            name = tokens.NextName();
        return name is ['"', .., '"'] ? name[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : name ?? "";
    }

    [GeneratedRegex("[\"«„“](.*)[\"»“”]", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex QuotedName();
}
