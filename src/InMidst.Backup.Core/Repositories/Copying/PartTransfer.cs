using System.Security.Cryptography;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories.Copying;

/// <summary>
/// Copies the bytes of objects whose SHA-256 are known into objects that may be cut otherwise. What the target has already is not read
/// from the source but from the target, and goes into the same sums: when they are right, every byte in the target is.
/// </summary>
/// <param name="target">Where to.</param>
/// <param name="expected">The objects in the source, in order.</param>
/// <param name="parts">The objects in the target, in order; together as long.</param>
/// <param name="report">Told how many bytes are done.</param>
internal sealed class PartTransfer(IStorage target, IReadOnlyList<ObjectRecord> expected, IReadOnlyList<CopyPart> parts, Action<long> report)
{
    private readonly State[] _states = new State[parts.Count];
    private readonly string?[] _sha256 = new string?[parts.Count];
    private readonly bool[] _right = new bool[expected.Count];
    private readonly ByteTransfer _bytes = new();
    private StorageUpload? _upload;
    private long _suspended;
    private IncrementalHash? _partHash;

    private enum State
    {
        Missing,

        /// <summary>It was there, or was written, and is not known to be right yet.</summary>
        Present,
        Verified,
    }

    /// <summary>Bytes in the target that a later attempt need not send again.</summary>
    public long Left => _suspended + parts.Where((_, i) => _states[i] != State.Missing).Sum(part => part.Length);

    /// <summary>What was written, for a manifest.</summary>
    public IEnumerable<ObjectRecord> Records(string role) => parts.Select((part, i) => new ObjectRecord(role, part.Name, part.Length, _sha256[i]!));

    /// <summary>Copies what is not there and verified yet. May be called again after a <see cref="SourceFailure"/>, with another source.</summary>
    /// <param name="source">Where from.</param>
    /// <param name="sourceName">The names of the objects there.</param>
    /// <param name="cancellationToken">Cancels; objects that are whole remain. After a failure what was sent of the next one remains too.</param>
    public async Task CopyAsync(IStorage source, Func<int, string> sourceName, CancellationToken cancellationToken)
    {
        await FindPresentAsync(cancellationToken).ConfigureAwait(false);
        while (!await TryAsync(source, sourceName, cancellationToken).ConfigureAwait(false))
        {
            // What the target had was wrong and is removed; now it is read from the source.
        }
    }

    /// <summary>Removes all that was written.</summary>
    public async Task DiscardAsync()
    {
        for (int i = 0; i < parts.Count; i++)
        {
            await target.DeleteAsync(parts[i].Name, CancellationToken.None).ConfigureAwait(false);
            _states[i] = State.Missing;
        }

        await target.RemoveAbandonedUploadsAsync(parts[0].Name, CancellationToken.None).ConfigureAwait(false);
        _suspended = 0;
    }

    private async Task FindPresentAsync(CancellationToken cancellationToken)
    {
        for (int i = 0; i < parts.Count; i++)
        {
            if (_states[i] != State.Missing || await target.FindAsync(parts[i].Name, cancellationToken).ConfigureAwait(false) is not { } entry)
                continue;
            if (entry.Length == parts[i].Length)
                _states[i] = State.Present;
            else
                await target.DeleteAsync(parts[i].Name, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>False when objects the target had turned out to be wrong.</summary>
    private async Task<bool> TryAsync(IStorage source, Func<int, string> sourceName, CancellationToken cancellationToken)
    {
        try
        {
            long offset = 0;
            for (int i = 0; i < expected.Count; offset += expected[i].Length, i++)
            {
                int[] touched = Touched(offset, offset + expected[i].Length);
                if (_right[i] && touched.All(t => _states[t] == State.Verified))
                    continue;
                if (!await CopyObjectAsync(source, sourceName(i), i, offset, touched, cancellationToken).ConfigureAwait(false))
                    return false;
            }

            return true;
        }
        catch (Exception e) when (_upload is not null && UploadEnding.IsWorthKeeping(e))
        {
            _suspended = await _upload.SuspendAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            await AbandonAsync().ConfigureAwait(false);
        }
    }

    private int[] Touched(long offset, long end) =>
        [.. Enumerable.Range(0, parts.Count).Where(t => parts[t].Offset < end && parts[t].End > offset || (offset == end && parts[t].Offset == offset && parts[t].Length == 0))];

    private async Task<bool> CopyObjectAsync(
        IStorage source, string name, int index, long offset, int[] touched, CancellationToken cancellationToken)
    {
        long end = offset + expected[index].Length;
        bool fromTarget = false;
        bool whole = true;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (int t in touched)
        {
            CopyPart part = parts[t];
            long from = Math.Max(offset, part.Offset);
            long to = Math.Min(end, part.End);
            bool present = _states[t] != State.Missing;
            fromTarget |= present;
            if (from == part.Offset)
                await BeginPartAsync(t, present, cancellationToken).ConfigureAwait(false);

            // Where the object stays as it is cut one sum serves for both.
            IncrementalHash[] sums = part.Offset == offset && part.End == end ? [hash] : [hash, _partHash!];
            Task<Stream> open = present
                ? target.OpenReadAsync(part.Name, from - part.Offset, to - from, cancellationToken)
                : OpenSourceAsync(source, name, from - offset, to - from, cancellationToken);
            whole = await _bytes.MoveAsync(
                await open.ConfigureAwait(false), to - from, sums, present ? null : _upload, done => report(from + done), cancellationToken).ConfigureAwait(false);
            if (!whole)
                break;
            if (to == part.End && to < end)
                await EndPartAsync(t, Convert.ToHexStringLower(_partHash!.GetHashAndReset()), cancellationToken).ConfigureAwait(false);
        }

        whole = whole && Convert.ToHexStringLower(hash.GetHashAndReset()) == expected[index].Sha256;
        if (!whole)
            return await GiveUpAsync(source, name, touched, fromTarget, cancellationToken).ConfigureAwait(false);
        if (touched is [.., int last] && parts[last].End == end)
        {
            string sum = parts[last].Offset == offset ? expected[index].Sha256 : Convert.ToHexStringLower(_partHash!.GetHashAndReset());
            await EndPartAsync(last, sum, cancellationToken).ConfigureAwait(false);
        }

        _right[index] = true;
        MarkVerified();
        return true;
    }

    private static async Task<Stream> OpenSourceAsync(IStorage source, string name, long offset, long length, CancellationToken cancellationToken)
    {
        try
        {
            return new SourceStream(await source.OpenReadAsync(name, offset, length, cancellationToken).ConfigureAwait(false));
        }
        catch (StorageException e)
        {
            throw new SourceFailure(e);
        }
    }

    private async Task BeginPartAsync(int index, bool present, CancellationToken cancellationToken)
    {
        _partHash?.Dispose();
        _partHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        _suspended = 0;
        if (!present)
            _upload = await target.BeginPutAsync(parts[index].Name, PutMode.Resume, cancellationToken).ConfigureAwait(false);
    }

    private async Task EndPartAsync(int index, string sha256, CancellationToken cancellationToken)
    {
        if (_upload is { } upload)
        {
            StorageEntry entry = await upload.CompleteAsync(cancellationToken).ConfigureAwait(false);
            if (entry.Length != parts[index].Length)
            {
                throw new StorageException(ErrorIds.RepositoryUnavailable,
                    $"{target.Properties.PathOf(entry.Name)} has {entry.Length:N0} bytes after {parts[index].Length:N0} were written.", isPermanent: false, target: entry.Name);
            }

            _states[index] = State.Present;
            await upload.DisposeAsync().ConfigureAwait(false);
            _upload = null;
        }

        _sha256[index] = sha256;
    }

    /// <summary>What is wrong comes from the target if anything was read there, else from the source.</summary>
    private async Task<bool> GiveUpAsync(IStorage source, string name, int[] touched, bool fromTarget, CancellationToken cancellationToken)
    {
        foreach (int t in touched.Where(t => _states[t] != State.Missing))
        {
            await target.DeleteAsync(parts[t].Name, cancellationToken).ConfigureAwait(false);
            _states[t] = State.Missing;
        }

        return fromTarget ? false : throw new SourceFailure(new BackupException(
            ErrorIds.BackupCorrupt, $"{source.Properties.PathOf(name)} is not what its manifest describes: its bytes have changed.", target: name));
    }

    private void MarkVerified()
    {
        for (int t = 0; t < parts.Count; t++)
        {
            if (_states[t] == State.Present && _sha256[t] is not null && IsRight(parts[t]))
                _states[t] = State.Verified;
        }
    }

    private bool IsRight(CopyPart part)
    {
        long offset = 0;
        for (int i = 0; i < expected.Count; offset += expected[i].Length, i++)
        {
            if (!_right[i] && offset < part.End && offset + expected[i].Length > part.Offset)
                return false;
        }

        return true;
    }

    private async ValueTask AbandonAsync()
    {
        _partHash?.Dispose();
        _partHash = null;
        if (_upload is not null)
            await _upload.DisposeAsync().ConfigureAwait(false);
        _upload = null;
    }
}
