using System.Globalization;
using System.Text.RegularExpressions;

namespace InMidst.Backup.Postgres.Installations;

/// <summary>
/// What <c>pg_dump --version</c> prints, read: "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)".
/// Before a first release there is no minor number: "17beta1", "17rc1", "18devel".
/// </summary>
internal readonly partial record struct ProgramVersion(int Major, int Minor, string Text)
{
    /// <summary>Reads the line, or returns null when a program of another kind answered.</summary>
    public static ProgramVersion? Parse(string output)
    {
        Match match = Line().Match(output);
        if (!match.Success)
            return null;
        int major = int.Parse(match.Groups["major"].ValueSpan, CultureInfo.InvariantCulture);
        int minor = match.Groups["minor"].Success ? int.Parse(match.Groups["minor"].ValueSpan, CultureInfo.InvariantCulture) : -1;
        return new ProgramVersion(major, minor, match.Groups["text"].Value);
    }

    [GeneratedRegex(@"\([^)]+\) (?<text>(?<major>[0-9]{1,4})(\.(?<minor>[0-9]{1,6}))?[^\s(]*)", RegexOptions.CultureInvariant)]
    private static partial Regex Line();
}
