using InMidst.Backup.Commands;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Core.Storage.S3;

namespace InMidst.Backup.Repositories;

/// <summary>The one place where storages are made: each once for a command, with what its parameters ask, and let go of at its end.</summary>
/// <param name="reading">How S3 is reached.</param>
/// <param name="writing">The same, and what new backups there are given.</param>
/// <param name="maximumRate">Bytes per second to and from each; null without a limit.</param>
/// <param name="clock">Measures.</param>
/// <param name="tell">Told how S3 is reached when it is for the first time; by any thread.</param>
/// <param name="warn">Told what the user should know; by any thread.</param>
internal sealed class RepositoryAccess(
    S3Way reading, S3Way writing, long? maximumRate, TimeProvider clock, Action<string> tell, Action<string> warn) : IDisposable
{
    private readonly HashSet<string> _told = [];
    private readonly Dictionary<(string Location, bool IsForWriting), IStorage> _opened = [];
    private readonly List<IDisposable> _owned = [];

    /// <summary>The memory that everything on the way of a backup shares.</summary>
    public ByteBudget Budget { get; } = new();

    /// <summary>Opens a repository; nothing is asked of it yet.</summary>
    /// <param name="location">Absolute path or s3:// URI.</param>
    /// <param name="isForWriting">Whether backups are written there.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<IStorage> OpenAsync(string location, bool isForWriting, CancellationToken cancellationToken)
    {
        if (_opened.TryGetValue((location, isForWriting), out IStorage? opened))
            return opened;
        IStorage storage = S3Location.IsS3(location)
            ? Own(await S3Storage.OpenAsync(
                S3Location.Parse(location), Go(isForWriting ? writing : reading), Budget, clock, warn, cancellationToken).ConfigureAwait(false))
            : DirectoryRetries.Around(new DiskStorage(location), clock, warn);
        storage = Limit(storage);
        _opened.Add((location, isForWriting), storage);
        return storage;
    }

    /// <summary>Opens what a dump lies in, be it a repository or not.</summary>
    /// <param name="place">Absolute path or s3:// URI of the dump.</param>
    /// <param name="repositories">Repositories it may be in; where it is in none the usual layout of one is assumed.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The storage, and the dump's name there.</returns>
    public async Task<(IStorage Storage, string Name)> OpenDumpAsync(string place, IEnumerable<string> repositories, CancellationToken cancellationToken)
    {
        if (!S3Location.IsS3(place))
        {
            (IStorage disk, string file) = DumpPath.Open(place);
            return (Limit(DirectoryRetries.Around(disk, clock, warn)), file);
        }

        S3Location dump = S3Location.Parse(place);
        if (FindRoot(place, dump, repositories) is not { } root)
        {
            S3ObjectStorage single = Own(await S3Storage.OpenObjectAsync(dump, Go(reading), clock, warn, cancellationToken).ConfigureAwait(false));
            return (Limit(single), single.Name);
        }

        string name = place[(root.Length + 1)..];
        return (await OpenAsync(root, isForWriting: false, cancellationToken).ConfigureAwait(false), name);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable owned in _owned)
            owned.Dispose();
        _owned.Clear();
        _opened.Clear();
    }

    /// <summary>The repository an object lies in; null for one whose name none has.</summary>
    private static string? FindRoot(string place, S3Location dump, IEnumerable<string> repositories)
    {
        if (repositories.FirstOrDefault(r => Locations.IsIn(place, r) && IsName(place[(r.Length + 1)..])) is { } known)
            return known;
        string[] segments = dump.Prefix.Split('/');
        if (dump.Prefix.Length == 0 || !IsName(segments[^1]))
            return null;

        // A repository on S3 has a place for each database, named as in the dump's id; its locks lie above it.
        bool isGrouped = segments.Length > 1
            && BackupName.TryParseId(BackupName.IdOf(segments[^1]), out string database, out _) && BackupName.Encode(database) == segments[^2];
        return (dump with { Prefix = string.Join('/', segments[..^(isGrouped ? 2 : 1)]) }).ToString();
    }

    private static bool IsName(string name) => StorageName.IsValid(name) && !StorageName.IsPointer(name);

    private S3Settings Go(S3Way way)
    {
        foreach (string origin in way.Origins.Where(_told.Add))
            tell(origin);
        return way.Settings;
    }

    private IStorage Limit(IStorage storage) => maximumRate is { } rate ? new RateLimitedStorage(storage, rate, clock) : storage;

    private T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }
}
