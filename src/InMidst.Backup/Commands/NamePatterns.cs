using System.Management.Automation;

namespace InMidst.Backup.Commands;

/// <summary>Names of databases, tables and schemas as users give them: exact or with PowerShell wildcards. PostgreSQL's names are case-sensitive, and so are these.</summary>
internal static class NamePatterns
{
    public static bool IsPattern(string name) => WildcardPattern.ContainsWildcardCharacters(name);

    /// <summary>Those of the names that a pattern means. A database may be called a[b]: where there is one of exactly this name, it is the one.</summary>
    public static IEnumerable<string> Choose(string pattern, IReadOnlyCollection<string> names) =>
        names.Contains(pattern) ? [pattern] : names.Where(n => Matches([pattern], n));

    public static bool Matches(IEnumerable<string> patterns, string name) =>
        patterns.Any(p => p == name || new WildcardPattern(p, WildcardOptions.CultureInvariant).IsMatch(name));
}
