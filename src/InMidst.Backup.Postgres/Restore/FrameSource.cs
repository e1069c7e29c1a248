using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// Reads single frames of a dump, by several at once, each checked against the index. The tail pins the index, the index pins the
/// frames, and they leave no byte between them: a restore that reads all of them has checked the whole file.
/// </summary>
/// <param name="file">The dump.</param>
/// <param name="index">Its index.</param>
/// <param name="progress">Told of the bytes.</param>
internal sealed class FrameSource(DumpFile file, DumpIndex index, LoadProgress progress)
{
    /// <summary>The index.</summary>
    public DumpIndex Index => index;

    /// <summary>The file's name.</summary>
    public string Name => file.Entry.Name;

    /// <summary>Reads a frame.</summary>
    /// <param name="frame">One of the index.</param>
    /// <param name="read">
    /// Reads the script. The second argument is for what must not happen before all bytes of the frame were checked: it reads those
    /// that are left, and throws.
    /// </param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="BackupException">BackupCorrupt, naming the frame: also where damaged bytes were taken for something else first.</exception>
    public async Task ReadAsync(FrameEntry frame, Func<Stream, Func<Task>, Task> read, CancellationToken cancellationToken)
    {
        var stored = new FrameReadStream(
            await file.OpenFrameAsync(frame, cancellationToken).ConfigureAwait(false), frame, progress.Advance);
        using var script = new ScriptStream(file.Codec, stored, Name);
        try
        {
            await read(script, () => CheckAsync(null)).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Id.Kind == ErrorKind.InvalidData || e.Id == ErrorIds.MetaCommandRefused)
        {
            // Damaged bytes may still be read as statements that mean something else: that they are damaged is the reason.
            await CheckAsync(e).ConfigureAwait(false);
            throw;
        }

        await CheckAsync(null).ConfigureAwait(false);

        async Task CheckAsync(Exception? cause)
        {
            if (!await stored.IsWholeAsync(cancellationToken).ConfigureAwait(false))
            {
                throw new BackupException(ErrorIds.BackupCorrupt,
                    $"{Name} is not as it was written; nothing was restored. {index.DescribeDamage(frame)}", cause, target: Name);
            }
        }
    }
}
