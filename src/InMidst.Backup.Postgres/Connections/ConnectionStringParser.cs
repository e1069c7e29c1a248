using System.Text;

namespace InMidst.Backup.Postgres.Connections;

/// <summary>
/// Reads the two forms of libpq connection strings (documentation, "Connection Strings"): keywords and URIs.
/// Messages name positions and keywords only: any other piece of the text may be a password.
/// </summary>
internal static class ConnectionStringParser
{
    /// <summary>The settings by libpq keyword. A setting that is given twice has its last value.</summary>
    public static Dictionary<string, string> Parse(string text, List<string> warnings)
    {
        Dictionary<string, string> settings = IsUri(text) ? ParseUri(text) : ParseKeywords(text);
        foreach (string keyword in settings.Keys.Where(keyword => !LibpqKeywords.IsHonoured(keyword)).ToList())
        {
            if (!LibpqKeywords.Ignored.Contains(keyword))
                throw InvalidSettings.Because($"The connection string holds the keyword '{keyword}', which is not supported.");

            warnings.Add($"The keyword '{keyword}' of the connection string has no effect.");
            settings.Remove(keyword);
        }

        return settings;
    }

    private static bool IsUri(string text) =>
        text.StartsWith("postgresql://", StringComparison.Ordinal) || text.StartsWith("postgres://", StringComparison.Ordinal);

    private static Dictionary<string, string> ParseKeywords(string text)
    {
        var settings = new Dictionary<string, string>();
        int at = 0;
        while (SkipSpace(text, ref at))
        {
            int start = at;
            while (at < text.Length && text[at] != '=' && !char.IsWhiteSpace(text[at]))
                at++;
            string keyword = text[start..at];
            if (!SkipSpace(text, ref at) || text[at] != '=' || !IsKeyword(keyword))
            {
                throw InvalidSettings.Because(
                    $"The connection string cannot be read at character {start + 1}: expected 'keyword=value' pairs separated by spaces, or a postgresql:// URI.");
            }

            at++;
            SkipSpace(text, ref at);
            settings[keyword] = ReadValue(text, ref at, keyword);
        }

        return settings;
    }

    private static bool IsKeyword(string text) => text.Length > 0 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');

    private static bool SkipSpace(string text, ref int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
            at++;
        return at < text.Length;
    }

    private static string ReadValue(string text, ref int at, string keyword)
    {
        var value = new StringBuilder();
        bool quoted = at < text.Length && text[at] == '\'';
        if (quoted)
            at++;
        for (; at < text.Length; at++)
        {
            if (quoted ? text[at] == '\'' : char.IsWhiteSpace(text[at]))
                break;
            if (text[at] == '\\' && at + 1 < text.Length)
                at++;
            value.Append(text[at]);
        }

        if (quoted && at >= text.Length)
            throw InvalidSettings.Because($"The quoted value of '{keyword}' in the connection string has no end.");
        if (quoted)
            at++;
        return value.ToString();
    }

    private static Dictionary<string, string> ParseUri(string text)
    {
        var settings = new Dictionary<string, string>();
        string rest = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..];

        // As in libpq, the user ends at the first '@' before the path: one in a password is written %40.
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        int at = rest.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0 && (slash < 0 || at < slash))
        {
            string user = rest[..at];
            rest = rest[(at + 1)..];
            Put(settings, LibpqKeywords.Password, Cut(ref user, ':'));
            Put(settings, LibpqKeywords.User, user);
        }

        string? query = Cut(ref rest, '?');
        Put(settings, LibpqKeywords.Database, Cut(ref rest, '/'));
        ReadAuthority(rest, settings);
        if (query is not null)
            ReadQuery(query, settings);
        return settings;
    }

    private static void ReadAuthority(string authority, Dictionary<string, string> settings)
    {
        if (authority.Contains(',', StringComparison.Ordinal))
            throw SeveralHosts();

        if (authority.StartsWith('['))
        {
            int end = authority.IndexOf(']', StringComparison.Ordinal);
            if (end < 0 || (end + 1 < authority.Length && authority[end + 1] != ':'))
                throw InvalidSettings.Because("The IPv6 address in the connection URI must stand in brackets, optionally followed by ':port'.");
            Put(settings, LibpqKeywords.Host, authority[1..end]);
            Put(settings, LibpqKeywords.Port, end + 2 <= authority.Length ? authority[(end + 2)..] : null);
            return;
        }

        string host = authority;
        Put(settings, LibpqKeywords.Port, Cut(ref host, ':'));
        Put(settings, LibpqKeywords.Host, host);
    }

    private static void ReadQuery(string query, Dictionary<string, string> settings)
    {
        foreach (string pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string name = pair;
            string? value = Cut(ref name, '=');
            string keyword = Decode(name, "a parameter");
            if (value is null || !IsKeyword(keyword))
                throw InvalidSettings.Because("The part of the connection URI after '?' must be 'keyword=value' pairs separated by '&'.");

            // libpq takes JDBC's spelling too.
            if (keyword == "ssl" && value == "true")
                (keyword, value) = (LibpqKeywords.SslMode, "require");
            Put(settings, keyword, value);
        }
    }

    /// <summary>The error for a list of hosts.</summary>
    public static Exception SeveralHosts() => InvalidSettings.Because(
        "The connection settings name several hosts. A backup is of one server: name the one to connect to.");

    /// <summary>Splits at the first mark: keeps what is before it and gives what follows, or null where there is no mark.</summary>
    private static string? Cut(ref string text, char mark)
    {
        int at = text.IndexOf(mark, StringComparison.Ordinal);
        if (at < 0)
            return null;

        string after = text[(at + 1)..];
        text = text[..at];
        return after;
    }

    private static void Put(Dictionary<string, string> settings, string keyword, string? encoded)
    {
        // An empty piece says nothing and leaves the place to the sources that come next.
        if (!string.IsNullOrEmpty(encoded))
            settings[keyword] = Decode(encoded, $"'{keyword}'");
    }

    private static string Decode(string text, string what)
    {
        for (int at = text.IndexOf('%', StringComparison.Ordinal); at >= 0; at = text.IndexOf('%', at + 1))
        {
            if (at + 2 >= text.Length || !char.IsAsciiHexDigit(text[at + 1]) || !char.IsAsciiHexDigit(text[at + 2]))
                throw InvalidSettings.Because($"The connection URI has a '%' in {what} that is not followed by two hexadecimal digits; write '%' itself as %25.");
            if (text[at + 1] == '0' && text[at + 2] == '0')
                throw InvalidSettings.Because($"The connection URI has the forbidden %00 in {what}.");
        }

        return Uri.UnescapeDataString(text);
    }
}
