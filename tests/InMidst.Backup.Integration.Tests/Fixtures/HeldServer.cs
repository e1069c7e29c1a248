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
    /// <param name="kind">Which server: "postgres" or "s3". Of the latter the processes' numbers stand on the second line.</param>
    public static Process StartHolder(string kind = "postgres")
    {
        string program = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        var start = new ProcessStartInfo(program, isHost ? [Assembly.GetExecutingAssembly().Location] : [])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment[Variable] = kind;
        return Process.Start(start)!;
    }

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The entry point belongs to the test framework; this runs before it.")]
    internal static void Hold()
    {
        switch (Environment.GetEnvironmentVariable(Variable))
        {
            case "postgres":
                PostgresServer postgres = PostgresServer.StartAsync().GetAwaiter().GetResult();
                Console.Out.WriteLine(Path.GetDirectoryName(postgres.DataDirectory));
                break;
            case "s3":
                S3Server s3 = S3Server.StartAsync().GetAwaiter().GetResult();
                Console.Out.WriteLine(s3.Directory);
                Console.Out.WriteLine(string.Join(' ', s3.Processes));
                break;
            default:
                return;
        }

        Console.Out.Flush();
        Console.In.ReadToEnd();
    }
}
