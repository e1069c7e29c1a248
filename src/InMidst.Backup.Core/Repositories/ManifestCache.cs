using System.Security.Cryptography;
using System.Text;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>
/// Manifests and proofs of far repositories, in files of this machine. A storage is listed in any case, and only what it then shows
/// under the same version is taken from here; where it has no versions nothing is kept. What is damaged or cannot be read or written
/// is as good as not there: the storage is always read instead.
/// </summary>
public sealed class ManifestCache
{
    /// <summary>Bytes that are kept at most.</summary>
    public const long MaximumLength = 128L << 20;

    /// <summary>What nobody asked for so long is removed.</summary>
    public static readonly TimeSpan MaximumAge = TimeSpan.FromDays(60);

    private const string Extension = ".cached";
    private const string TemporaryExtension = ".tmp";
    private const int HashLength = 32;
    private static readonly TimeSpan TouchedEvery = TimeSpan.FromDays(1);

    private readonly string _directory;
    private readonly TimeProvider _clock;
    private readonly long _maximumLength;
    private int _state; // 0 not looked at, 1 usable, -1 not usable
    private int _written;

    /// <summary>Makes the cache; touches nothing.</summary>
    /// <param name="directory">Absolute path; made when needed, for its owner alone.</param>
    /// <param name="clock">Tells the age of what is kept.</param>
    /// <param name="maximumLength">Bytes that are kept at most.</param>
    public ManifestCache(string directory, TimeProvider clock, long maximumLength = MaximumLength)
    {
        _directory = directory;
        _clock = clock;
        _maximumLength = maximumLength;
    }

    /// <summary>The bytes kept of exactly this version of this object, or null.</summary>
    internal async Task<byte[]?> FindAsync(string location, StorageEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Version is null || !IsUsable())
            return null;
        byte[] key = KeyOf(location, entry);
        string path = PathOf(key);
        try
        {
            if (!File.Exists(path))
                return null;
            byte[] file = await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
            byte[] content = file.Length < HashLength ? [] : file[HashLength..];
            if (content.Length != entry.Length || !file.AsSpan(0, HashLength).SequenceEqual(Seal(key, content)))
                return null;
            if (_clock.GetUtcNow() - File.GetLastWriteTimeUtc(path) > TouchedEvery)
                File.SetLastWriteTimeUtc(path, _clock.GetUtcNow().UtcDateTime);
            return content;
        }
        catch (Exception e) when (IsFailure(e))
        {
            return null;
        }
    }

    /// <summary>Keeps the bytes of this version of this object, where there are versions and room.</summary>
    internal async Task KeepAsync(string location, StorageEntry entry, byte[] content, CancellationToken cancellationToken)
    {
        if (entry.Version is null || !IsUsable())
            return;
        byte[] key = KeyOf(location, entry);
        string temporary = Path.Combine(_directory, Guid.NewGuid().ToString("N") + TemporaryExtension);
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            var file = new FileStream(temporary, options);
            await using (file.ConfigureAwait(false))
            {
                await file.WriteAsync(Seal(key, content), cancellationToken).ConfigureAwait(false);
                await file.WriteAsync(content, cancellationToken).ConfigureAwait(false);
            }

            File.SetLastWriteTimeUtc(temporary, _clock.GetUtcNow().UtcDateTime);
            File.Move(temporary, PathOf(key), overwrite: true);
            Interlocked.Increment(ref _written);
        }
        catch (Exception e) when (IsFailure(e) || e is OperationCanceledException)
        {
            Remove(temporary);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Removes what is old, and the oldest of what is too much, if anything was written since.</summary>
    internal void Prune()
    {
        if (Interlocked.Exchange(ref _written, 0) == 0)
            return;
        try
        {
            DateTime now = _clock.GetUtcNow().UtcDateTime;
            long kept = 0;
            foreach (FileInfo file in new DirectoryInfo(_directory).GetFiles().OrderByDescending(f => f.LastWriteTimeUtc))
            {
                if (file.Extension is not (Extension or TemporaryExtension))
                    continue;
                TimeSpan age = now - file.LastWriteTimeUtc;
                kept += file.Extension == Extension ? file.Length : 0;
                bool goes = file.Extension == Extension ? age > MaximumAge || kept > _maximumLength : age > TouchedEvery;
                if (goes)
                    Remove(file.FullName);
            }
        }
        catch (Exception e) when (IsFailure(e))
        {
            // The next one prunes.
        }
    }

    private static byte[] KeyOf(string location, StorageEntry entry) =>
        Encoding.UTF8.GetBytes(FormattableString.Invariant($"1\n{location}\n{entry.Name}\n{entry.Version}\n{entry.Length}"));

    private static byte[] Seal(byte[] key, byte[] content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SHA256.HashData(key));
        hash.AppendData(content);
        return hash.GetHashAndReset();
    }

    private static bool IsFailure(Exception e) => e is IOException or UnauthorizedAccessException or NotSupportedException;

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (IsFailure(e))
        {
            // Left to the next pruning.
        }
    }

    private string PathOf(byte[] key) => Path.Combine(_directory, Convert.ToHexStringLower(SHA256.HashData(key)) + Extension);

    /// <summary>What others can write is not believed; who cannot take their right to it away does not own it.</summary>
    private bool IsUsable()
    {
        if (_state != 0)
            return _state > 0;
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(_directory);
            }
            else
            {
                const UnixFileMode Ours = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
                Directory.CreateDirectory(_directory, Ours);
                File.SetUnixFileMode(_directory, Ours);
            }

            _state = 1;
        }
        catch (Exception e) when (IsFailure(e))
        {
            _state = -1;
        }

        return _state > 0;
    }
}
