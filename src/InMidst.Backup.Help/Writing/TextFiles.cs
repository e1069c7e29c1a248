using System.Text;

namespace InMidst.Backup.Help.Writing;

/// <summary>Text files as the repository has them: UTF-8 without a mark, lines ending in a line feed, on every platform.</summary>
internal static class TextFiles
{
    /// <summary>The encoding of everything written.</summary>
    public static Encoding Encoding { get; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Writes a file and makes its directory.</summary>
    public static void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content, Encoding);
    }

    /// <summary>Says that the file exists and holds exactly this.</summary>
    public static bool Holds(string path, string content) =>
        File.Exists(path) && string.Equals(File.ReadAllText(path, Encoding), content, StringComparison.Ordinal);
}
