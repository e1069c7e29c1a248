using System.Globalization;
using System.Text;
using InMidst.Backup.Core.Format;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>
/// Writes large objects into frames: some hundred at a time are made, filled and then given away, in one transaction, as fast in psql
/// as here. An object that reaches into the next frame is filled on there, so the frames are to be run one after another.
/// </summary>
/// <param name="writer">Where to.</param>
/// <param name="advanced">Told the bytes of content that were written.</param>
internal sealed class LargeObjectFrames(DumpFileWriter writer, Action<int> advanced) : ILargeObjectHandler
{
    // Whoever changes owner or grants holds a lock on the object; 1,000 fit into the lock table of any server.
    private const int ObjectsPerTransaction = 1000;

    private readonly StringBuilder _definitions = new();
    private string _unfinished = "";
    private Stream? _frame;
    private long _inFrame;
    private int _objects;

    public async ValueTask BeginAsync(uint oid, string definition, CancellationToken cancellationToken)
    {
        FinishObject();
        if (_objects >= ObjectsPerTransaction || _inFrame > TableData.FrameLength)
            await EndFrameAsync(cancellationToken).ConfigureAwait(false);
        _unfinished = definition;
        _objects++;
        await WriteAsync(Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"SELECT pg_catalog.lo_create({oid});\n")), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask PieceAsync(uint oid, long offset, byte[] piece, CancellationToken cancellationToken)
    {
        if (_inFrame > TableData.FrameLength)
            await EndFrameAsync(cancellationToken).ConfigureAwait(false);
        await WriteAsync(Statement(oid, offset, piece), cancellationToken).ConfigureAwait(false);
        advanced(piece.Length);
    }

    /// <summary>Ends the last frame.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        FinishObject();
        await EndFrameAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The statement that puts a piece back, whatever standard_conforming_strings says. Holes come back as zeros, which is what they read as.
    /// </summary>
    public static byte[] Statement(uint oid, long offset, byte[] piece) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"SELECT pg_catalog.lo_put({oid}, {offset}, E'\\\\x{Convert.ToHexStringLower(piece)}');\n"));

    private void FinishObject()
    {
        _definitions.Append(_unfinished);
        _unfinished = "";
    }

    private async Task WriteAsync(byte[] statement, CancellationToken cancellationToken)
    {
        if (_frame is null)
        {
            _frame = writer.BeginFrame(FrameKind.LargeObjects);
            await _frame.WriteAsync("BEGIN;\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
        }

        _inFrame += statement.Length;
        await _frame.WriteAsync(statement, cancellationToken).ConfigureAwait(false);
    }

    private async Task EndFrameAsync(CancellationToken cancellationToken)
    {
        if (_frame is null)
            return;
        await _frame.WriteAsync(Encoding.Latin1.GetBytes(_definitions.Append("COMMIT;\n\n").ToString()), cancellationToken).ConfigureAwait(false);
        await writer.EndFrameAsync().ConfigureAwait(false);
        _definitions.Clear();
        _frame = null;
        _inFrame = 0;
        _objects = 0;
    }
}
