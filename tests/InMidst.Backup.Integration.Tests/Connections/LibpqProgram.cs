using System.Diagnostics;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.Connections;

/// <summary>Runs a libpq program the way the product does: with the variables of an address and no other PG* variable.</summary>
internal static class LibpqProgram
{
    public static async Task<string> RunAsync(
        PostgresServer server, string program, IReadOnlyDictionary<string, string> variables, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(PostgresPrograms.FindClient(server.BinDirectory), program), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal("", await errors);
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
