using System.Globalization;
using System.Text.RegularExpressions;

namespace InMidst.Backup.Help;

/// <summary>Finds the file that holds a type, so that a gap leads to the line to edit.</summary>
internal sealed class SourceFiles(string directory)
{
    private readonly Lazy<string[]> _files = new(() => Directory.Exists(directory)
        ? [.. Directory.EnumerateFiles(directory, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal)]
        : []);

    /// <summary>The place as <c>file(line)</c>, or null when no file declares it in the usual way.</summary>
    public string? Locate(Type type, string? member)
    {
        string name = type.Name.Split('`')[0];
        var declaration = new Regex($@"\b(class|enum|record|struct|interface)\s+{Regex.Escape(name)}\b");
        var memberLine = member is null ? null : new Regex($@"\b{Regex.Escape(member)}\b\s*(\{{|=|,|;|$)");
        string? typeOnly = null;
        foreach (string file in _files.Value.OrderByDescending(file => Path.GetFileName(file).StartsWith(name + ".", StringComparison.Ordinal)))
        {
            string[] lines = File.ReadAllLines(file);
            int typeAt = Array.FindIndex(lines, declaration.IsMatch);
            if (typeAt < 0)
                continue;
            int memberAt = memberLine is null ? typeAt : Array.FindIndex(lines, typeAt, memberLine.IsMatch);
            if (memberAt >= 0)
                return Place(file, memberAt);
            typeOnly ??= Place(file, typeAt);
        }

        return typeOnly;
    }

    private static string Place(string file, int index) => string.Create(CultureInfo.InvariantCulture, $"{file}({index + 1})");
}
