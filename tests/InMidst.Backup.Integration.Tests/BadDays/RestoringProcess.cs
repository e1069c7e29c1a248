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
    private const string WorkersVariable = "MIDST_TEST_RESTORE_WORKERS";

    /// <summary>Starts it.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="dump">Path of the dump.</param>
    /// <param name="target">The database to make.</param>
    /// <param name="variables">More variables, such as limits of the runtime.</param>
    /// <param name="replace">Whether it replaces a database that is in use.</param>
    /// <param name="workers">Connections that load; null for the usual number.</param>
    public static Process Start(
        PostgresServer server, string dump, string target, IReadOnlyDictionary<string, string>? variables = null, bool replace = false, int? workers = null)
    {
        string program = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        var start = new ProcessStartInfo(program, isHost ? ["exec", Assembly.GetExecutingAssembly().Location] : []);
        foreach ((string name, string value) in server.Environment.Concat(variables ?? new Dictionary<string, string>()))
            start.Environment[name] = value;
        start.Environment[DumpVariable] = dump;
        start.Environment[TargetVariable] = target;
        start.Environment[ReplaceVariable] = replace.ToString();
        start.Environment[WorkersVariable] = workers?.ToString(CultureInfo.InvariantCulture);
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
        if (Environment.GetEnvironmentVariable(WorkersVariable) is { Length: > 0 } workers)
            options = options with { Workers = int.Parse(workers, CultureInfo.InvariantCulture) };
        BackupRecord backup = new BackupRepository(new DiskStorage(Path.GetDirectoryName(dump)!), Console.Error.WriteLine)
            .OpenAsync(Path.GetFileName(dump), CancellationToken.None).GetAwaiter().GetResult();
        new DatabaseRestore(options, TimeProvider.System, Console.Error.WriteLine)
            .RunAsync(backup, new Progress<OperationProgress>(), CancellationToken.None).GetAwaiter().GetResult();
        Environment.Exit(0);
    }
}
