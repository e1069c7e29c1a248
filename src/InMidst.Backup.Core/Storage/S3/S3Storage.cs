using System.Runtime.CompilerServices;
using System.Text;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>
/// A repository in a bucket, on AWS or any server that speaks S3. It tries requests again by itself, so it is not put into a
/// <see cref="RetryingStorage"/>.
/// <para>
/// A new object's name is looked at first, and it is written with If-None-Match, which is atomic where the server honours it. Some do
/// not for objects of several parts, or in buckets with versions (Ceph), and a few know no conditions at all: there, of two who write
/// one new name in the same moment, the later one wins and the earlier one may not notice.
/// </para>
/// </summary>
public sealed class S3Storage : IStorage, IDisposable
{
    private readonly S3Bucket _bucket;
    private readonly S3Listing _listing;
    private readonly S3UploadNotes _notes;

    private S3Storage(S3Bucket bucket)
    {
        _bucket = bucket;
        _listing = new S3Listing(bucket);
        _notes = new S3UploadNotes(bucket);
        Properties = new StorageProperties(bucket.Location.ToString(), GroupsByDatabase: true, SupportsPointers: false)
        {
            IsRemote = true,
            MaximumObjectLength = bucket.Settings.MaximumObjectLength,
            ResumesUploads = true,
        };
    }

    /// <inheritdoc/>
    public StorageProperties Properties { get; }

    /// <summary>Finds the credentials; nothing is asked of the server yet.</summary>
    /// <param name="location">Bucket and prefix.</param>
    /// <param name="settings">How to reach it, and what objects are given.</param>
    /// <param name="parts">The memory for what is being sent.</param>
    /// <param name="clock">Measures and waits; compared with the server's.</param>
    /// <param name="warn">Takes warnings: clocks that differ, a server that does not answer, what it does not confirm.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static Task<S3Storage> OpenAsync(
        S3Location location, S3Settings settings, ByteBudget parts, TimeProvider clock, Action<string> warn, CancellationToken cancellationToken) =>
        OpenAsync(location, settings, parts, clock, warn, null, new RetryPolicy(), cancellationToken);

    /// <summary>Opens one object, of any key, for reading.</summary>
    /// <param name="location">The bucket and the whole key.</param>
    /// <param name="settings">How to reach it.</param>
    /// <param name="clock">Measures and waits.</param>
    /// <param name="warn">Takes warnings.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<S3ObjectStorage> OpenObjectAsync(
        S3Location location, S3Settings settings, TimeProvider clock, Action<string> warn, CancellationToken cancellationToken)
    {
        if (location.Prefix.Length == 0)
            throw new StorageException(ErrorIds.InvalidArgument, $"{location} names no object.", isPermanent: true);
        S3Storage bucket = await OpenAsync(location with { Prefix = "" }, settings, new ByteBudget(0), clock, warn, cancellationToken)
            .ConfigureAwait(false);
        return new S3ObjectStorage(bucket, bucket._bucket, location.Prefix);
    }

    /// <inheritdoc/>
    public Task InitializeAsync(CancellationToken cancellationToken) => _listing.RequireAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<StorageUpload> BeginPutAsync(string name, PutMode mode, CancellationToken cancellationToken) => Checked<StorageUpload>(
        () => StorageName.ValidateForWriting(name), name, () => Task.FromResult<StorageUpload>(new S3Upload(_bucket, name, mode)), cancellationToken);

    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(string name, long offset, long? length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length ?? 0);
        return Checked(
            () => StorageName.Validate(name), name,
            () => StorageName.IsPointer(name)
                ? Task.FromException<Stream>(_bucket.Connection.Errors.NoObject(name))
                : S3ReadStream.OpenAsync(_bucket, name, offset, length, cancellationToken),
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<StorageEntry?> FindAsync(string name, CancellationToken cancellationToken) => Checked(
        () => StorageName.Validate(name), name,
        async () => StorageName.IsPointer(name)
            ? null
            : (await _bucket.HeadAsync(name, cancellationToken).ConfigureAwait(false))?.ToEntry(name),
        cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<StorageEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        StorageName.ValidatePrefix(prefix);
        await foreach (StorageEntry entry in _listing.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
            yield return entry;
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken) => Checked(
        () => StorageName.Validate(name), name,
        async () =>
        {
            if (!StorageName.IsPointer(name))
                await _bucket.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task SetPointerAsync(string name, string target, CancellationToken cancellationToken)
    {
        StorageName.ValidatePointer(name, target);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task DeletePointerAsync(string name, CancellationToken cancellationToken)
    {
        StorageName.ValidatePointer(name);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<UnfinishedUpload> ListUnfinishedUploadsAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        StorageName.ValidatePrefix(prefix);
        var told = new HashSet<string>(StringComparer.Ordinal);
        await foreach (UnfinishedUpload upload in _listing.ListUploadsAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            told.Add(upload.Token);
            yield return upload;
        }

        // Some servers (MinIO) list the uploads of one key only; of others what is noted was removed by a lifecycle rule.
        await foreach (UnfinishedUpload upload in _notes.ListAsync(_listing, prefix, cancellationToken).ConfigureAwait(false))
        {
            if (told.Add(upload.Token))
                yield return upload;
        }
    }

    /// <inheritdoc/>
    public async Task<bool> RemoveUnfinishedUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken)
    {
        bool removed = await _bucket.AbortAsync(upload.Name, upload.Token, cancellationToken).ConfigureAwait(false);
        S3UploadNote? note = await _notes.FindAsync(upload.Name, cancellationToken).ConfigureAwait(false);
        if (note?.Upload != upload.Token)
            return removed;
        await _notes.DeleteAsync(upload.Name, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _bucket.Connection.Dispose();

    internal static async Task<S3Storage> OpenAsync(
        S3Location location, S3Settings settings, ByteBudget parts, TimeProvider clock, Action<string> warn, HttpMessageHandler? network,
        RetryPolicy policy, CancellationToken cancellationToken)
    {
        S3Connection connection = await S3Connection.OpenAsync(location, settings, network, policy, clock, warn, cancellationToken)
            .ConfigureAwait(false);
        return new S3Storage(new S3Bucket(location, settings, connection, parts, warn));
    }

    // What is wrong with a call is told by its task, like everything else.
    private async Task<T> Checked<T>(Action validate, string name, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        validate();
        if (Encoding.UTF8.GetByteCount(_bucket.KeyOf(name)) > S3Location.MaximumKeyLength)
        {
            throw new StorageException(
                ErrorIds.InvalidArgument, $"'{name}' in {_bucket.Location} would be a key of more than {S3Location.MaximumKeyLength} bytes.",
                isPermanent: true, target: name);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return await work().ConfigureAwait(false);
    }
}
