using InMidst.Backup.Testing;

namespace InMidst.Backup.Benchmarks.Data;

/// <summary>A bucket on a throwaway S3 server that keeps its bytes on disk, as the repository beside it does. Gone when this process is.</summary>
internal sealed class BenchmarkBucket : IAsyncDisposable
{
    private readonly S3Server _server;
    private readonly string _name;

    private BenchmarkBucket(S3Server server, string name)
    {
        _server = server;
        _name = name;
    }

    /// <summary>Its address as a repository.</summary>
    public string Repository => $"s3://{_name}/backups";

    /// <summary>The server's address.</summary>
    public string Endpoint => _server.Endpoint.ToString();

    /// <summary>Starts the server; the processes that are measured inherit how to reach it.</summary>
    public static async Task<BenchmarkBucket> StartAsync(CancellationToken cancellationToken)
    {
        S3Server server = await S3Server.StartAsync(new S3ServerSettings { OnDisk = true }, cancellationToken);
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", server.AccessKey);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", server.SecretKey);
        Environment.SetEnvironmentVariable("AWS_REGION", "us-east-1");
        Environment.SetEnvironmentVariable("AWS_DEFAULT_REGION", "us-east-1");
        Environment.SetEnvironmentVariable("AWS_ENDPOINT_URL_S3", server.Endpoint.ToString());
        return new BenchmarkBucket(server, await server.CreateBucketAsync());
    }

    /// <summary>Bytes of all objects.</summary>
    public async Task<long> SizeAsync() => (await _server.ListAsync(_name)).Sum(entry => entry.Length);

    /// <summary>Removes all objects.</summary>
    public async Task EmptyAsync()
    {
        foreach ((string key, _) in await _server.ListAsync(_name))
            await _server.DeleteObjectAsync(_name, key);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
