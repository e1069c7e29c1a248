using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Integration.Tests.BadDays;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Dump;

namespace InMidst.Backup.Integration.Tests.S3.BadDays;

/// <summary>
/// A backup into a bucket in a process of its own, to be killed: this very test program, started again with a variable that makes it
/// back up a scene's database. It ends with 0, or with 3 when the backup failed.
/// </summary>
internal static class S3BackupProcess
{
    private const string Variable = "MIDST_TEST_S3_BACKUP";

    /// <summary>Starts it.</summary>
    /// <param name="source">What to back up.</param>
    /// <param name="bucket">Where to.</param>
    public static Process Start(BackupScene source, BadDayScene bucket)
    {
        string program = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        var start = new ProcessStartInfo(program, isHost ? ["exec", Assembly.GetExecutingAssembly().Location] : []) { RedirectStandardError = true };
        start.Environment[Variable] = string.Join('\n',
            source.Address.Host, source.Address.Port, source.Address.UserName, source.Address.Password, source.Database, source.Address.ApplicationName,
            bucket.Settings.Endpoint, bucket.Settings.AccessKey, bucket.Settings.SecretKey, bucket.Location);
        return Process.Start(start)!;
    }

    // Until a module initializer has returned, no other thread can enter this assembly: all that is called back is of the framework.
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The entry point belongs to the test framework; this runs before it.")]
    internal static void BackUp()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } text)
            return;
        string[] values = text.Split('\n');
        var address = new ServerAddress
        {
            Host = values[0],
            Port = int.Parse(values[1], CultureInfo.InvariantCulture),
            UserName = values[2],
            Password = values[3],
            Database = values[4],
            ApplicationName = values[5],
        };
        var settings = new S3Settings
        {
            Endpoint = values[6], AccessKey = values[7], SecretKey = values[8], PartLength = S3Settings.SmallestPartLength,
        };
        Action<string> warn = Console.Error.WriteLine;
        try
        {
            S3Storage storage = S3Storage.OpenAsync(
                S3Location.Parse(values[9]), settings, new ByteBudget(), TimeProvider.System, warn, CancellationToken.None).GetAwaiter().GetResult();
            var options = new DumpOptions { Address = address, Database = values[4], ExcludeGlobals = true, Tool = "InMidst.Backup 0.0" };
            new DatabaseDump(options, [storage], TimeProvider.System, warn, null!)
                .RunAsync(new Progress<OperationProgress>(), CancellationToken.None).GetAwaiter().GetResult();
            Environment.Exit(0);
        }
        catch (BackupException e)
        {
            Console.Error.WriteLine($"{e.Id}: {e.Message}");
            Environment.Exit(3);
        }
    }
}
