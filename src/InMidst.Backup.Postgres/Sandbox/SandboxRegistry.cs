using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Processes;

namespace InMidst.Backup.Postgres.Sandbox;

/// <summary>The sandboxes of a user as their directories tell of them, whichever process made them.</summary>
internal static class SandboxRegistry
{
    // A directory has its record a moment after it is made.
    private static readonly TimeSpan NewDirectory = TimeSpan.FromMinutes(10);

    /// <summary>Those that run.</summary>
    public static IReadOnlyList<SandboxInfo> List(SandboxRoot root)
    {
        var alive = new List<SandboxInfo>();
        foreach (SandboxDirectory directory in root.All())
        {
            if (directory.ReadRecord() is { Ready: true } record
                && record.Owner.Ask() == ProcessState.Running
                && Postmaster.Find(directory.Data) is { } processId)
            {
                alive.Add(Describe(directory, record, processId));
            }
        }
        return alive;
    }

    /// <summary>Stops and deletes one, whoever made it. Its keeper finds nothing left to do.</summary>
    public static async Task<bool> RemoveAsync(SandboxRoot root, string id, CancellationToken cancellationToken)
    {
        if (root.Find(id) is not { } directory
            || directory.ReadRecord() is not { } record
            || record.Owner.Ask() == ProcessState.Unknown)
        {
            return false;
        }
        await RemoveAsync(directory, record, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>
    /// Deletes what is left of sandboxes whose owner and keepers were all killed, and stops servers that survived them.
    /// What another machine or container made in the same directory is left alone: from here it only looks dead.
    /// </summary>
    public static async Task<int> RemoveStaleAsync(SandboxRoot root, CancellationToken cancellationToken)
    {
        int removed = 0;
        foreach (SandboxDirectory directory in root.All().Where(IsStale))
        {
            try
            {
                await RemoveAsync(directory, directory.ReadRecord(), cancellationToken).ConfigureAwait(false);
                removed++;
            }
            catch (BackupException)
            {
                // It is tried again with the next sandbox; leftovers must not keep a new one from starting.
            }
        }
        return removed;
    }

    /// <summary>Stops the server if it runs, and deletes the directory.</summary>
    public static async Task RemoveAsync(SandboxDirectory directory, SandboxRecord? record, CancellationToken cancellationToken)
    {
        if (record is not null)
            await Postmaster.StopAsync(directory, record, cancellationToken).ConfigureAwait(false);
        if (!OperatingSystem.IsWindows())
        {
            await UnixShell.RunAsync("rm -rf -- \"$1\"", [directory.Path], cancellationToken).ConfigureAwait(false);
            return;
        }
        try
        {
            Directory.Delete(directory.Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Another process was quicker.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException(ErrorIds.SandboxFailed, $"{directory.Path} cannot be deleted: {e.Message}", e);
        }
    }

    private static bool IsStale(SandboxDirectory directory)
    {
        if (directory.ReadRecord() is { } record)
            return record.Keepers.Append(record.Owner).All(process => process.Ask() == ProcessState.Ended);
        // The file system sets these times from the system's clock, so they are compared with that one.
        return TimeProvider.System.GetUtcNow() - Directory.GetLastWriteTimeUtc(directory.Path) > NewDirectory;
    }

    private static SandboxInfo Describe(SandboxDirectory directory, SandboxRecord record, int processId) => new()
    {
        Id = record.Id,
        Version = record.Version,
        HostName = record.HostName,
        Port = record.Port,
        Database = record.Database,
        UserName = record.UserName,
        Directory = directory.Path,
        ProcessId = processId,
        OwnerProcessId = record.Owner.Id,
        Started = record.Started,
    };
}
