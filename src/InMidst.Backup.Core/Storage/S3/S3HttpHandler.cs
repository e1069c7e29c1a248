namespace InMidst.Backup.Core.Storage.S3;

/// <summary>Decides when a request asks for leave to send its content, and reads of every answer what it does not hand on: the date, and the region of the bucket.</summary>
internal sealed class S3HttpHandler(HttpMessageHandler inner, ServerClock serverClock, TimeProvider clock) : DelegatingHandler(inner)
{
    private const int SmallestAsked = 64 * 1024;
    private const string RegionHeader = "x-amz-bucket-region";

    /// <summary>The region that the server last said the bucket lies in.</summary>
    internal string? BucketRegion { get; private set; }

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Who sends much asks for leave first: a server that refuses may close the connection at once, and its answer would be lost with
        // it. Who sends little does not: .NET sends a small content even after a refusal, where it becomes the beginning of the next request.
        request.Headers.ExpectContinue = request.Content?.Headers.ContentLength >= SmallestAsked;
        DateTimeOffset sent = clock.GetUtcNow();
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        serverClock.Observe(sent, response.Headers.Date);
        if (response.Headers.TryGetValues(RegionHeader, out IEnumerable<string>? regions))
            BucketRegion = regions.First();
        return response;
    }
}
