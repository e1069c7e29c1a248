using System.Globalization;

namespace InMidst.Backup.Postgres.Connections;

/// <summary>The sources of settings, the strongest first, each a set of libpq keywords; keeps a record of what came from where.</summary>
internal sealed class SettingLayers
{
    private readonly List<(Func<string, string> Origin, IReadOnlyDictionary<string, string> Settings)> _layers = [];
    private readonly Dictionary<string, string> _origins = [];

    /// <summary>A value that was found, the words for where, and how strong that source is (0 is the strongest).</summary>
    public sealed record Found(string Value, string Origin, int Rank);

    /// <summary>Where each property that was picked came from.</summary>
    public IReadOnlyDictionary<string, string> Origins => _origins;

    /// <summary>Adds the next weaker source.</summary>
    public void Add(IReadOnlyDictionary<string, string> settings, Func<string, string> origin) => _layers.Add((origin, settings));

    /// <summary>Keeps the origin of a property; none means that it has its default.</summary>
    public void Note(string property, Found? found) => _origins[property] = found?.Origin ?? "default";

    /// <summary>The strongest value of the keyword; an empty one counts as not given.</summary>
    public Found? Find(string keyword)
    {
        for (int rank = 0; rank < _layers.Count; rank++)
        {
            if (!_layers[rank].Settings.TryGetValue(keyword, out string? value) || value.Length == 0)
                continue;

            string origin = _layers[rank].Origin(keyword);
            return value.Contains('\0', StringComparison.Ordinal)
                ? throw InvalidSettings.Because($"The {keyword} ({origin}) contains a zero character.")
                : new Found(value, origin, rank);
        }

        return null;
    }

    /// <summary>The strongest value, noted as the origin of a property of the address.</summary>
    public string? Pick(string keyword, string property)
    {
        Found? found = Find(keyword);
        Note(property, found);
        return found?.Value;
    }

    /// <summary>As <see cref="Pick"/>, for a whole number.</summary>
    public int? PickNumber(string keyword, string property, int least, int most)
    {
        if (Pick(keyword, property) is not { } text)
            return null;

        // The text is not shown: in a URI with a stray ':' or '/' it is part of the password.
        return int.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw InvalidSettings.Because($"The {keyword} ({_origins[property]}) is not a whole number{(least > 0 ? $" from {least} to {most}" : "")}.");
    }

    /// <summary>As <see cref="Pick"/>, for one of a few words.</summary>
    public string? PickWord(string keyword, string property, params string[] words) =>
        Pick(keyword, property) is not { } text ? null
        : words.Contains(text) ? text
        : throw InvalidSettings.Because($"The {keyword} ({_origins[property]}) must be one of {string.Join(", ", words)}.");
}
