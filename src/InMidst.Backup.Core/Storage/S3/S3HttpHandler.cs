namespace InMidst.Backup.Core.Storage.S3;

/// <summary>Undoes what the SDK should not do, and reads of every answer what it does not hand on: the date, and the region of the bucket.</summary>
internal sealed class S3HttpHandler(HttpMessageHandler inner, ServerClock serverClock, TimeProvider clock) : DelegatingHandler(inner)
{
    private const string RegionHeader = "x-amz-bucket-region";

    /// <summary>The region that the server last said the bucket lies in.</summary>
    internal string? BucketRegion { get; private set; }

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // The SDK asks for leave before it sends content. A server that refuses leaves a small one, which is sent all the same, in the
        // connection, where it becomes the beginning of the next request.
        request.Headers.ExpectContinue = false;
        DateTimeOffset sent = clock.GetUtcNow();
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        serverClock.Observe(sent, response.Headers.Date);
        if (response.Headers.TryGetValues(RegionHeader, out IEnumerable<string>? regions))
            BucketRegion = regions.First();
        return response;
    }
}
