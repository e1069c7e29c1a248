using Amazon.S3.Model;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>
/// A range of an object for sequential reading. When the connection breaks or stalls another one goes on where it stopped, as long as
/// the object is the same.
/// </summary>
internal sealed class S3ReadStream : SequentialReadStream
{
    // Well below what a person takes for a hang; nothing is lost when it was only slow.
    private static readonly TimeSpan Stall = TimeSpan.FromMinutes(1);

    private readonly S3Bucket _bucket;
    private readonly string _name;
    private readonly string _version;
    private readonly Retries _retries;
    private GetObjectResponse? _answer;
    private long _position;
    private long _remaining;

    private S3ReadStream(S3Bucket bucket, string name, long offset, GetObjectResponse answer)
    {
        _bucket = bucket;
        _name = name;
        _version = S3Head.Unquote(answer.ETag);
        _retries = bucket.Connection.StartRetries();
        _answer = answer;
        _position = offset;
        _remaining = answer.ContentLength;
    }

    /// <summary>Opens the object; beyond its end the stream is empty.</summary>
    internal static async Task<Stream> OpenAsync(S3Bucket bucket, string name, long offset, long? length, CancellationToken cancellationToken)
    {
        if (length == 0)
        {
            return await bucket.HeadAsync(name, cancellationToken).ConfigureAwait(false) is null
                ? throw bucket.Connection.Errors.NoObject(name)
                : Stream.Null;
        }

        try
        {
            return new S3ReadStream(bucket, name, offset, await bucket.GetAsync(name, offset, length, cancellationToken).ConfigureAwait(false));
        }
        catch (StorageException exception) when (S3Errors.StatusOf(exception) == System.Net.HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return Stream.Null;
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        // Who reads synchronously waits; there is no synchronous way to a server.
        byte[] bytes = new byte[buffer.Length];
        int count = ReadAsync(bytes, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        bytes.AsSpan(0, count).CopyTo(buffer);
        return count;
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (_remaining > 0 && buffer.Length > 0)
        {
            using var timeout = new ProgressTimeout(_bucket.Connection.Clock, Stall, cancellationToken);
            try
            {
                _answer ??= await ReopenAsync(cancellationToken).ConfigureAwait(false);
                int count = await _answer.ResponseStream.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _remaining)], timeout.Token)
                    .ConfigureAwait(false);
                if (count == 0)
                    throw new EndOfStreamException("The answer ended too early.");
                _position += count;
                _remaining -= count;
                _retries.Progressed();
                return count;
            }
            catch (Exception exception) when (S3Errors.IsFailure(exception))
            {
                Forget();
                cancellationToken.ThrowIfCancellationRequested();
                StorageException failure = _bucket.Connection.Errors.Translate(
                    new S3Call(S3Operation.Read, _name), exception, timeout.HasExpired);
                if (failure.IsPermanent || !await _bucket.Connection.WaitAsync(_retries, failure, cancellationToken).ConfigureAwait(false))
                    throw failure;
            }
        }

        return 0;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Forget();
        base.Dispose(disposing);
    }

    private async Task<GetObjectResponse> ReopenAsync(CancellationToken cancellationToken)
    {
        GetObjectResponse answer;
        try
        {
            answer = await _bucket.GetAsync(_name, _position, _remaining, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException exception) when (
            exception.Id == Errors.ErrorIds.ObjectNotFound
            || S3Errors.StatusOf(exception) == System.Net.HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            throw _bucket.Connection.Errors.Changed(_name);
        }

        // Compared here and not by If-Match: servers disagree about the quotes around a tag.
        if (S3Head.Unquote(answer.ETag) == _version && answer.ContentLength == _remaining)
            return answer;
        answer.Dispose();
        throw _bucket.Connection.Errors.Changed(_name);
    }

    private void Forget()
    {
        _answer?.Dispose();
        _answer = null;
    }
}
