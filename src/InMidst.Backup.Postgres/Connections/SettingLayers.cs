namespace InMidst.Backup.Postgres.Connections;

/// <summary>The sources of settings, the strongest first, each a set of libpq keywords.</summary>
internal sealed class SettingLayers
{
    private readonly List<(Func<string, string> Origin, IReadOnlyDictionary<string, string> Settings)> _layers = [];

    /// <summary>A value that was found, the words for where, and how strong that source is (0 is the strongest).</summary>
    public readonly record struct Found(string Value, string Origin, int Rank);

    /// <summary>Adds the next weaker source.</summary>
    public void Add(IReadOnlyDictionary<string, string> settings, Func<string, string> origin) => _layers.Add((origin, settings));

    /// <summary>The strongest value of the keyword; an empty one counts as not given.</summary>
    public Found? Find(string keyword)
    {
        for (int rank = 0; rank < _layers.Count; rank++)
        {
            if (_layers[rank].Settings.TryGetValue(keyword, out string? value) && value.Length > 0)
                return new Found(value, _layers[rank].Origin(keyword), rank);
        }

        return null;
    }
}
