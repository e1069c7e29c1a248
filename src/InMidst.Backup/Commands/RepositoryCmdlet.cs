using System.ComponentModel;
using System.Diagnostics;
using System.Management.Automation;
using System.Reflection;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.Disk;

namespace InMidst.Backup.Commands;

/// <summary>The repository parameter and what goes with long work on backups.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class RepositoryCmdlet : MidstCmdlet
{
    /// <summary>Where backups go when nothing is said.</summary>
    internal const string DefaultRepository = "./backups";

    /// <summary>Directory that holds the backups.</summary>
    /// <value>./backups</value>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Repository { get; set; } = DefaultRepository;

    /// <summary>Name and version of this program as manifests and proofs have it.</summary>
    private protected static string Tool { get; } =
        "InMidst.Backup " + (typeof(RepositoryCmdlet).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "");

    /// <summary>The storage of a repository; nothing is made or read yet.</summary>
    private protected async Task<IStorage> OpenStorageAsync(string repository, CancellationToken cancellationToken) =>
        new DiskStorage(await ResolvePathAsync(repository, cancellationToken).ConfigureAwait(false));

    /// <summary>The backups of a storage; what cannot be listed becomes a warning.</summary>
    private protected BackupRepository Open(IStorage storage) => new(storage, PostWarning);

    /// <summary>Shows an engine's progress as a bar with the time left.</summary>
    private protected IProgress<OperationProgress> ProgressBar(string activity)
    {
        var elapsed = Stopwatch.StartNew();
        return new ActionProgress(p =>
        {
            TimeSpan? left = p.Fraction is > 0.01 and < 1 ? elapsed.Elapsed * ((1 - p.Fraction.Value) / p.Fraction.Value) : null;
            int percent = p.Fraction is null ? -1 : (int)(p.Fraction.Value * 100);
            string status = p.Bytes > 0 ? $"{p.Status}, {ByteSize.Format(p.Bytes)}" : p.Status;
            PostProgress(activity, status, percent, left);
        });
    }

    /// <summary>Reports on the calling thread; <see cref="Progress{T}"/> would post to another one and reorder.</summary>
    private sealed class ActionProgress(Action<OperationProgress> report) : IProgress<OperationProgress>
    {
        public void Report(OperationProgress value) => report(value);
    }
}
