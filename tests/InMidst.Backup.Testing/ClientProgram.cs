using System.Diagnostics;
using System.Text;

namespace InMidst.Backup.Testing;

/// <summary>Runs one client program to its end.</summary>
internal static class ClientProgram
{
    /// <summary>Runs the program with these PG* variables and no others.</summary>
    /// <param name="path">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="variables">PG* variables; all others of this process are removed.</param>
    /// <param name="input">Writes its standard input, or null for none.</param>
    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="PostgresServerException">It failed; the message holds what it wrote to standard error.</exception>
    public static async Task<byte[]> RunAsync(
        string path, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> variables, Func<Stream, Task>? input = null)
    {
        using Process process = Process.Start(Describe(path, arguments, variables))!;
        using var output = new MemoryStream();
        Task reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            if (input is not null)
                await input(process.StandardInput.BaseStream);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program left without reading to the end; why, it says below.
        }

        await reading;
        string complaint = await errors;
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? output.ToArray()
            : throw new PostgresServerException($"{Path.GetFileName(path)} ended with {process.ExitCode}: {complaint.Trim()}");
    }

    private static ProcessStartInfo Describe(string path, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> variables)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;
        start.Environment["LC_ALL"] = "C";
        return start;
    }
}
