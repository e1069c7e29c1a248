using System.Text;

namespace InMidst.Backup.Postgres.Connections;

/// <summary>Reads password files (libpq documentation, "The Password File").</summary>
internal static class PassFile
{
    /// <summary>One line: what it applies to, where null stands for <c>*</c>, and the password.</summary>
    public sealed record Entry(string? Host, string? Port, string? Database, string? UserName, string Password)
    {
        /// <summary>Whether the line applies.</summary>
        public bool Matches(string host, string port, string database, string userName) =>
            (Host is null || Host == host) && (Port is null || Port == port)
            && (Database is null || Database == database) && (UserName is null || UserName == userName);

        /// <inheritdoc/>
        public override string ToString() => $"{Host ?? "*"}:{Port ?? "*"}:{Database ?? "*"}:{UserName ?? "*"}";
    }

    /// <summary>The usual place of the file, or null on an account without a home.</summary>
    public static string? DefaultPath(ILocalMachine machine) => machine switch
    {
        { IsWindows: true, ApplicationData: { } data } => Path.Combine(data, "postgresql", "pgpass.conf"),
        { IsWindows: false, HomeDirectory: { } home } => Path.Combine(home, ".pgpass"),
        _ => null,
    };

    /// <summary>
    /// The entries of the file in order. None when it does not exist; none, and a warning, when others may read it or it cannot be read.
    /// </summary>
    public static IReadOnlyList<Entry> Read(string path, ILocalMachine machine, List<string> warnings)
    {
        if (!machine.FileExists(path))
            return [];

        try
        {
            if (machine.IsOpenToOthers(path))
            {
                warnings.Add($"The password file '{path}' is ignored because others may access it; its mode should be 0600 or less.");
                return [];
            }

            return [.. machine.ReadText(path).Split('\n').Select(line => line.TrimEnd('\r')).Select(ParseLine).OfType<Entry>()];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            warnings.Add($"The password file '{path}' is ignored because it cannot be read: {e.Message}");
            return [];
        }
    }

    private static Entry? ParseLine(string line)
    {
        if (line.Length == 0 || line[0] == '#')
            return null;

        var fields = new string?[4];
        int at = 0;
        for (int field = 0; field < fields.Length; field++)
        {
            if (ReadField(line, ref at) is not { } raw)
                return null;
            fields[field] = raw == "*" ? null : Unescape(raw);
        }

        // As in libpq, a colon ends the password too.
        string password = line[at..];
        int end = 0;
        password = ReadField(password, ref end) ?? password;
        return new Entry(fields[0], fields[1], fields[2], fields[3], Unescape(password));
    }

    /// <summary>The text up to the next colon that no backslash protects, still escaped; null when there is none.</summary>
    private static string? ReadField(string line, ref int at)
    {
        int start = at;
        for (; at < line.Length; at++)
        {
            if (line[at] == ':')
                return line[start..at++];
            if (line[at] == '\\')
                at++;
        }

        return null;
    }

    private static string Unescape(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length)
                at++;
            plain.Append(text[at]);
        }

        return plain.ToString();
    }
}
