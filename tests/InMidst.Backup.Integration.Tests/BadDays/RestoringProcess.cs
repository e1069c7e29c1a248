using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>Another process that restores a dump, to be killed: this very test program, started again with variables that say what.</summary>
internal static class RestoringProcess
{
    private const string DumpVariable = "MIDST_TEST_RESTORE_DUMP";
    private const string TargetVariable = "MIDST_TEST_RESTORE_TARGET";
    private const string ReplaceVariable = "MIDST_TEST_RESTORE_REPLACE";

    public static Process Start(PostgresServer server, string dump, string target, bool replace = false, string? heapLimit = null)
    {
        string program = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        var start = new ProcessStartInfo(program, isHost ? ["exec", Assembly.GetExecutingAssembly().Location] : []);
        foreach ((string name, string value) in server.Environment)
            start.Environment[name] = value;
        start.Environment[DumpVariable] = dump;
        start.Environment[TargetVariable] = target;
        start.Environment[ReplaceVariable] = replace.ToString();
        if (heapLimit is not null)
            start.Environment["DOTNET_GCHeapHardLimit"] = heapLimit;
        return Process.Start(start)!;
    }

    // Until a module initializer has returned, no other thread can enter this assembly: only code of the product is awaited.
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The entry point belongs to the test framework; this runs before it.")]
    internal static void Restore()
    {
        if (Environment.GetEnvironmentVariable(DumpVariable) is not { } dump)
            return;
        var address = new ServerAddress
        {
            Host = Environment.GetEnvironmentVariable("PGHOST")!,
            Port = int.Parse(Environment.GetEnvironmentVariable("PGPORT")!, CultureInfo.InvariantCulture),
            UserName = Environment.GetEnvironmentVariable("PGUSER")!,
            Password = Environment.GetEnvironmentVariable("PGPASSWORD"),
            Database = "postgres",
            SslMode = PostgresSslMode.Disable,
        };
        bool replace = bool.Parse(Environment.GetEnvironmentVariable(ReplaceVariable)!);
        var options = new RestoreOptions
        {
            Address = address, TargetDatabase = Environment.GetEnvironmentVariable(TargetVariable)!, Replace = replace, DisconnectUsers = replace,
        };
        BackupRecord backup = new BackupRepository(new DiskStorage(Path.GetDirectoryName(dump)!), Console.Error.WriteLine)
            .OpenAsync(Path.GetFileName(dump), CancellationToken.None).GetAwaiter().GetResult();
        new DatabaseRestore(options, TimeProvider.System, Console.Error.WriteLine)
            .RunAsync(backup, new Progress<OperationProgress>(), CancellationToken.None).GetAwaiter().GetResult();
        Environment.Exit(0);
    }
}
