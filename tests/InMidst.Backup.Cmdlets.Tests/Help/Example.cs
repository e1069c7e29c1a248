using System.Text.Json;

namespace InMidst.Backup.Cmdlets.Tests.Help;

/// <summary>An example of the help, as the build listed it.</summary>
public sealed record Example(string Cmdlet, int Number, string Code, string Run)
{
    private static readonly JsonSerializerOptions CamelCase = new(JsonSerializerDefaults.Web);

    /// <summary>The examples marked this way: "parsed", "alone" (<c>run="true"</c>) or "server" (<c>run="server"</c>).</summary>
    public static IReadOnlyList<Example> Marked(string run)
    {
        string list = File.ReadAllText(Path.Combine(StagedModule.Root, "artifacts", "help", "examples.json"));
        return [.. JsonSerializer.Deserialize<Example[]>(list, CamelCase)!.Where(example => example.Run == run)];
    }
}
