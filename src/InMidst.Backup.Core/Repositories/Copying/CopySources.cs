using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories.Copying;

/// <summary>The copies a backup can be read from. One that failed is not read again.</summary>
internal sealed class CopySources
{
    private readonly List<BackupRecord> _copies;
    private readonly Action<string> _warn;
    private BackupException? _failure;
    private bool _wasCorrupt;

    /// <summary>Makes them.</summary>
    /// <param name="copies">Nearest first; what is another backup than the first is left out.</param>
    /// <param name="warn">Told why one is not used.</param>
    public CopySources(IReadOnlyList<BackupRecord> copies, Action<string> warn)
    {
        Nearest = copies[0];
        _copies = [.. copies.Where(copy => BackupIdentity.Of(copy) == BackupIdentity.Of(Nearest))];
        _warn = warn;
        NewestProof = _copies.Select(copy => copy.Proof).OfType<VerificationProof>().MaxBy(proof => proof.Tested);
    }

    /// <summary>The first, by which the backup is described.</summary>
    public BackupRecord Nearest { get; }

    /// <summary>The last proof any of them has.</summary>
    public VerificationProof? NewestProof { get; }

    /// <summary>Reads from one after another until it succeeds.</summary>
    /// <param name="read">Reads; throws <see cref="SourceFailure"/> for what another copy may do better.</param>
    /// <param name="discard">Undoes what was read when none is left.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="BackupException"><see cref="ErrorIds.BackupCorrupt"/> when one was damaged and none is left; else why the last could not be read.</exception>
    public async Task TryEachAsync(Func<BackupRecord, CancellationToken, Task> read, Func<Task> discard, CancellationToken cancellationToken)
    {
        while (_copies.Count > 0)
        {
            try
            {
                await read(_copies[0], cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (SourceFailure e)
            {
                _failure = e.Cause;
                _wasCorrupt |= e.Cause.Id == ErrorIds.BackupCorrupt;
                if (_copies.Count > 1)
                    _warn($"The copy of {Nearest.Id} in {_copies[0].Storage.Properties.Location} is not used: {e.Cause.Message}");
                _copies.RemoveAt(0);
            }
        }

        if (!_wasCorrupt)
            throw new BackupException(_failure!.Id, _failure.Message, _failure, _failure.Guidance, _failure.Target);
        try
        {
            await discard().ConfigureAwait(false);
        }
        catch (StorageException e)
        {
            _warn($"What was copied of {Nearest.Id} could not be removed again: {e.Message}");
        }

        throw new BackupException(ErrorIds.BackupCorrupt, $"No whole copy of {Nearest.Id} could be read: {_failure!.Message}", _failure, target: Nearest.Id);
    }
}
