using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using InMidst.Backup.Help.Model;

namespace InMidst.Backup.Help.Writing;

/// <summary>
/// Lists the examples for the tests, as an array of <c>{ cmdlet, number, title, code, run }</c>; run is "parsed", "alone" or "server".
/// </summary>
internal static class ExamplesWriter
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes the list.</summary>
    public static void Write(IEnumerable<CmdletHelp> cmdlets, string path)
    {
        IEnumerable<JsonNode> examples = cmdlets.SelectMany(cmdlet => cmdlet.Examples.Select(example => (JsonNode)new JsonObject
        {
            ["cmdlet"] = cmdlet.Name,
            ["number"] = example.Number,
            ["title"] = example.Title,
            ["code"] = example.Code,
            ["run"] = example.Run.ToString().ToLowerInvariant(),
        }));
        TextFiles.Write(path, new JsonArray([.. examples]).ToJsonString(Readable) + "\n");
    }
}
