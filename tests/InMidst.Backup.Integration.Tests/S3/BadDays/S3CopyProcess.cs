using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Core.Storage.S3;

namespace InMidst.Backup.Integration.Tests.S3.BadDays;

/// <summary>
/// A copy of the one backup of a directory into a bucket in a process of its own, to be killed, as <see cref="S3BackupProcess"/> is. It
/// ends with 0, or with 3 when the copy failed.
/// </summary>
internal static class S3CopyProcess
{
    private const string Variable = "MIDST_TEST_S3_COPY";

    /// <summary>Starts it.</summary>
    /// <param name="directory">The repository with the backup.</param>
    /// <param name="bucket">Where to.</param>
    public static Process Start(string directory, BadDayScene bucket)
    {
        string program = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        var start = new ProcessStartInfo(program, isHost ? ["exec", Assembly.GetExecutingAssembly().Location] : []) { RedirectStandardError = true };
        start.Environment[Variable] = string.Join(
            '\n', directory, bucket.Settings.Endpoint, bucket.Settings.AccessKey, bucket.Settings.SecretKey, bucket.Location);
        return Process.Start(start)!;
    }

    // Until a module initializer has returned, no other thread can enter this assembly: all that is called back is of the framework.
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The entry point belongs to the test framework; this runs before it.")]
    internal static void Copy()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } text)
            return;
        string[] values = text.Split('\n');
        var settings = new S3Settings
        {
            Endpoint = values[1], AccessKey = values[2], SecretKey = values[3], PartLength = S3Settings.SmallestPartLength,
        };
        Action<string> warn = Console.Error.WriteLine;
        try
        {
            S3Storage target = S3Storage.OpenAsync(
                S3Location.Parse(values[4]), settings, new ByteBudget(), TimeProvider.System, warn, CancellationToken.None).GetAwaiter().GetResult();
            IAsyncEnumerator<BackupRecord> source = new BackupRepository(new DiskStorage(values[0]), warn).ListAsync(CancellationToken.None).GetAsyncEnumerator();
            source.MoveNextAsync().AsTask().GetAwaiter().GetResult();
            new BackupCopying(target, TimeProvider.System, warn)
                .RunAsync([source.Current], new Progress<OperationProgress>(), CancellationToken.None).GetAwaiter().GetResult();
            Environment.Exit(0);
        }
        catch (BackupException e)
        {
            Console.Error.WriteLine($"{e.Id}: {e.Message}");
            Environment.Exit(3);
        }
    }
}
