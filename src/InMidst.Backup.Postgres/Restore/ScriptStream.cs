using InMidst.Backup.Core;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// The SQL of a stored dump. What a decompressor finds wrong becomes <see cref="ErrorIds.BackupCorrupt"/> here, where nothing but the
/// dump is read: a broken connection to a server may raise the same exceptions, and is no damage.
/// </summary>
internal sealed class ScriptStream : SequentialReadStream
{
    private readonly Stream _script;
    private readonly string _name;

    /// <summary>Makes the stream.</summary>
    /// <param name="codec">The dump's compression.</param>
    /// <param name="stored">The dump as it is stored; owned.</param>
    /// <param name="name">The dump's name, for messages.</param>
    public ScriptStream(FrameCodec codec, Stream stored, string name) => (_script, _name) = (codec.CreateDecompressor(stored), name);

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return _script.Read(buffer);
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw Damaged(e);
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await _script.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw Damaged(e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _script.Dispose();
        base.Dispose(disposing);
    }

    private static bool IsDamage(Exception e) => e is InvalidDataException or EndOfStreamException;

    // The decompressor's own words (an unsupported method, a wrong block type) are about bits, not about what happened to the file.
    private BackupException Damaged(Exception e) =>
        new(ErrorIds.BackupCorrupt, $"{_name} is damaged or cut off: it cannot be decompressed.", e, target: _name);
}
