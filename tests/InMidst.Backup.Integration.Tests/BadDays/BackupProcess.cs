using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Processes;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Dump;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>
/// A backup in a process of its own, to be killed or kept short of something: this very test program, started again with a variable
/// that makes it back up a scene's database. It ends with 0, or with 3 and the error's id first in what it says.
/// </summary>
internal static class BackupProcess
{
    public const int Failed = 3;

    private const string Variable = "MIDST_TEST_BACKUP";

    /// <summary>Starts it.</summary>
    /// <param name="scene">What to back up, and where to.</param>
    /// <param name="shell">What a shell does before it becomes the process: limits, variables.</param>
    /// <param name="workers">Connections that read; null for the usual number.</param>
    public static ChildProcess Start(BackupScene scene, string shell = ":", int? workers = null)
    {
        string host = Environment.ProcessPath!;
        bool isDotnet = Path.GetFileNameWithoutExtension(host) == "dotnet";
        ServerAddress address = scene.Address;
        return ChildProcess.Start(new ChildProcessOptions
        {
            FileName = "/bin/sh",
            Arguments = ["-c", shell + "\nexec \"$@\"", "sh", host, .. isDotnet ? ["exec", typeof(BackupProcess).Assembly.Location] : Array.Empty<string>()],
            Environment = new Dictionary<string, string?>
            {
                [Variable] = string.Join('\n', address.Host, address.Port, address.UserName, address.Password, scene.Database, address.ApplicationName, scene.Root, workers),
            },
        });
    }

    // Until a module initializer has returned, no other thread can enter this assembly: all that is called back is of the framework.
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The entry point belongs to the test framework; this runs before it.")]
    internal static void BackUp()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } settings)
            return;
        string[] values = settings.Split('\n');
        var address = new ServerAddress
        {
            Host = values[0], Port = int.Parse(values[1]), UserName = values[2], Password = values[3], Database = values[4], ApplicationName = values[5],
        };
        var options = new DumpOptions { Address = address, Database = values[4], Tool = "InMidst.Backup 0.0" };
        if (values[7].Length > 0)
            options = options with { Workers = int.Parse(values[7]) };
        try
        {
            Action<string> warn = Console.Error.WriteLine;

            // Nothing of this program may run on another thread: its initializer, in which we are, has not ended.
            new DatabaseDump(options, [new DiskStorage(values[6])], TimeProvider.System, warn, (_, _) => { })
                .RunAsync(new Progress<OperationProgress>(), CancellationToken.None).GetAwaiter().GetResult();
            Environment.Exit(0);
        }
        catch (BackupException e)
        {
            Console.Error.WriteLine($"{e.Id}: {e.Message}");
            Environment.Exit(Failed);
        }
    }
}
