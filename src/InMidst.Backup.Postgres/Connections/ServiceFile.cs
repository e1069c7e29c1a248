namespace InMidst.Backup.Postgres.Connections;

/// <summary>Reads pg_service.conf (libpq documentation, "The Connection Service File").</summary>
internal static class ServiceFile
{
    /// <summary>Where a service was found, and its settings by libpq keyword.</summary>
    public sealed record Entry(string Path, IReadOnlyDictionary<string, string> Settings);

    /// <summary>Finds the service in the user's file, then in the system's. Throws when it is in neither.</summary>
    public static Entry Find(string service, IReadOnlyDictionary<string, string> environment, ILocalMachine machine, List<string> warnings)
    {
        var looked = new List<string>();
        foreach (string path in Candidates(environment, machine))
        {
            looked.Add(path);
            if (machine.FileExists(path) && Read(path, service, machine, warnings) is { } settings)
                return new Entry(path, settings);
        }

        throw InvalidSettings.Because(
            $"The service '{service}' is not defined in {(looked.Count == 0 ? "any service file" : string.Join(" or ", looked))}.");
    }

    private static IEnumerable<string> Candidates(IReadOnlyDictionary<string, string> environment, ILocalMachine machine)
    {
        if (environment.TryGetValue("PGSERVICEFILE", out string? named) && named.Length > 0)
        {
            if (!machine.FileExists(named))
                throw InvalidSettings.Because($"The service file '{named}' (environment variable PGSERVICEFILE) does not exist.");
            yield return named;
        }
        else if (machine.IsWindows && machine.ApplicationData is { } data)
        {
            yield return Path.Combine(data, "postgresql", ".pg_service.conf");
        }
        else if (!machine.IsWindows && machine.HomeDirectory is { } home)
        {
            yield return Path.Combine(home, ".pg_service.conf");
        }

        if (environment.TryGetValue("PGSYSCONFDIR", out string? directory) && directory.Length > 0)
        {
            yield return Path.Combine(directory, "pg_service.conf");
        }
        else if (!machine.IsWindows)
        {
            // Compiled into libpq: Debian's directory, then that of Red Hat.
            yield return "/etc/postgresql-common/pg_service.conf";
            yield return "/etc/pg_service.conf";
        }
    }

    private static Dictionary<string, string>? Read(string path, string service, ILocalMachine machine, List<string> warnings)
    {
        Dictionary<string, string>? settings = null;
        int number = 0;
        foreach (string line in ReadLines(path, machine))
        {
            number++;
            string text = line.Trim();
            if (text.Length == 0 || text[0] == '#')
                continue;
            if (text[0] == '[')
            {
                if (settings is not null)
                    return settings;
                if (text == $"[{service}]")
                    settings = [];
            }
            else if (settings is not null)
            {
                AddSetting(text, settings, $"{path}, line {number}", warnings);
            }
        }

        return settings;
    }

    private static string[] ReadLines(string path, ILocalMachine machine)
    {
        try
        {
            return machine.ReadText(path).Split('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw InvalidSettings.Because($"The service file '{path}' cannot be read: {e.Message}", e);
        }
    }

    private static void AddSetting(string text, Dictionary<string, string> settings, string place, List<string> warnings)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string keyword = equals < 0 ? "" : text[..equals];
        if (LibpqKeywords.Ignored.Contains(keyword))
        {
            warnings.Add($"The keyword '{keyword}' of the service file ({place}) has no effect.");
            return;
        }

        if (keyword == LibpqKeywords.Service)
            throw InvalidSettings.Because($"The service file must not name another service ({place}).");
        if (!LibpqKeywords.IsHonoured(keyword))
            throw InvalidSettings.Because($"The service file has a line that is no 'keyword=value' of a supported keyword ({place}).");

        // The first value counts, as in libpq.
        settings.TryAdd(keyword, text[(equals + 1)..]);
    }
}
