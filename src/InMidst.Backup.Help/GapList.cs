using System.Globalization;

namespace InMidst.Backup.Help;

/// <summary>The gaps found in one run, in the order found.</summary>
internal sealed class GapList(SourceFiles sources, string documentation)
{
    private readonly List<string> _lines = [];

    /// <summary>How many there are.</summary>
    public int Count => _lines.Count;

    /// <summary>A gap in the documentation comment of a type or of one of its members.</summary>
    public void Add(Type type, string? member, GapCode code, string message) =>
        AddAt(sources.Locate(type, member) ?? documentation, code, message);

    /// <summary>A gap in a file.</summary>
    public void AddAt(string location, GapCode code, string message) =>
        _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{location}: error MIDST{(int)code:D4}: {OneLine(message)}"));

    /// <summary>One line a gap, in the form MSBuild takes for errors.</summary>
    public void WriteTo(TextWriter report) => _lines.ForEach(report.WriteLine);

    private static string OneLine(string message) => string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
