using System.Net;

namespace InMidst.Backup.Core.Tests.Storage.S3;

/// <summary>The content of an answer whose connection breaks in the middle.</summary>
internal sealed class CutContent : HttpContent
{
    private readonly byte[] _content;
    private readonly int _length;

    public CutContent(byte[] content, int length)
    {
        _content = content;
        _length = length;
        Headers.ContentLength = content.Length;
    }

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(new Cut(_content[..Math.Min(_length, _content.Length)]));

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => throw new NotSupportedException();

    protected override bool TryComputeLength(out long length)
    {
        length = _content.Length;
        return true;
    }

    private sealed class Cut(byte[] content) : MemoryStream(content)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await base.ReadAsync(buffer, cancellationToken);
            return count > 0 || buffer.IsEmpty ? count : throw new HttpIOException(HttpRequestError.ResponseEnded, "The connection broke.");
        }

        public override async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            await ReadAsync(buffer.AsMemory(offset, count), cancellationToken);
    }
}
