using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.Fixtures;

/// <summary>This same test program started once more, only to hold a server until it is killed.</summary>
internal static class HeldServer
{
    private const string Variable = "MIDST_TEST_HOLD_SERVER";

    /// <summary>Starts the program. The first line it writes is the server's directory.</summary>
    public static Process StartHolder()
    {
        string program = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        var start = new ProcessStartInfo(program, isHost ? [Assembly.GetExecutingAssembly().Location] : [])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment[Variable] = "1";
        return Process.Start(start)!;
    }

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The entry point belongs to the test framework; this runs before it.")]
    internal static void Hold()
    {
        if (Environment.GetEnvironmentVariable(Variable) is null)
            return;

        PostgresServer server = PostgresServer.StartAsync().GetAwaiter().GetResult();
        Console.Out.WriteLine(Path.GetDirectoryName(server.DataDirectory));
        Console.Out.Flush();
        Console.In.ReadToEnd();
    }
}
