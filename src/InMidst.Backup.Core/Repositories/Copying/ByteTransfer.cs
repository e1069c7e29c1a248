using System.Security.Cryptography;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories.Copying;

/// <summary>Moves bytes in two buffers: one is read while the other is hashed and written. Used for one move after another.</summary>
internal sealed class ByteTransfer
{
    private const int BufferLength = 1024 * 1024;

    private byte[] _read = GC.AllocateUninitializedArray<byte>(BufferLength);
    private byte[] _written = GC.AllocateUninitializedArray<byte>(BufferLength);

    /// <summary>Moves exactly so many bytes.</summary>
    /// <param name="source">Where from; disposed at the end.</param>
    /// <param name="length">How many there must be.</param>
    /// <param name="sums">Get all bytes.</param>
    /// <param name="destination">Gets all bytes; null for none.</param>
    /// <param name="done">Told how many were moved.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>False when there were fewer or more.</returns>
    public async Task<bool> MoveAsync(
        Stream source, long length, IReadOnlyList<IncrementalHash> sums, StorageUpload? destination, Action<long> done, CancellationToken cancellationToken)
    {
        await using (source.ConfigureAwait(false))
        {
            long moved = 0;
            Task<int> reading = FillAsync(source, cancellationToken);
            try
            {
                int count;
                while ((count = await reading.ConfigureAwait(false)) > 0 && moved + count <= length)
                {
                    (_read, _written) = (_written, _read);
                    reading = FillAsync(source, cancellationToken);
                    foreach (IncrementalHash sum in sums)
                        sum.AppendData(_written, 0, count);
                    if (destination is not null)
                        await destination.WriteAsync(_written.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                    moved += count;
                    done(moved);
                }

                return moved == length && count == 0;
            }
            finally
            {
                // The buffer and the stream are in use until it has ended.
                await reading.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
            }
        }
    }

    private Task<int> FillAsync(Stream source, CancellationToken cancellationToken) =>
        source.ReadAtLeastAsync(_read, BufferLength, throwOnEndOfStream: false, cancellationToken).AsTask();
}
