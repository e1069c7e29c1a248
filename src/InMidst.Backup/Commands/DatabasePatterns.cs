using System.Management.Automation;

namespace InMidst.Backup.Commands;

/// <summary>Names of databases as users give them: exact or with PowerShell wildcards. PostgreSQL's names are case-sensitive, and so are these.</summary>
internal static class DatabasePatterns
{
    public static bool IsPattern(string name) => WildcardPattern.ContainsWildcardCharacters(name);

    public static bool Matches(IEnumerable<string> patterns, string name) =>
        patterns.Any(p => p == name || new WildcardPattern(p, WildcardOptions.CultureInvariant).IsMatch(name));
}
