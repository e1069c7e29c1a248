using InMidst.Backup.Testing;

namespace InMidst.Backup.Cmdlets.Tests.Fixtures;

/// <summary>
/// A new bucket, and a desk that knows it: <c>$bucket</c> is the repository in it, <c>@s3</c> the way to it, <c>$secretKey</c> what nobody
/// may see.
/// </summary>
public sealed class Bucket
{
    private Bucket(S3Server server, string name)
    {
        Server = server;
        Name = name;
    }

    public S3Server Server { get; }

    public string Name { get; }

    /// <summary>The repository.</summary>
    public string Repository => $"s3://{Name}/backups";

    /// <summary>The variables by which AWS's own tools find the server, and ours the bucket.</summary>
    public Dictionary<string, string?> Environment => new()
    {
        ["AWS_ENDPOINT_URL_S3"] = Server.Endpoint.ToString().TrimEnd('/'),
        ["AWS_ACCESS_KEY_ID"] = Server.AccessKey,
        ["AWS_SECRET_ACCESS_KEY"] = Server.SecretKey,
        ["S3_BUCKET"] = Name,
    };

    public static async Task<Bucket> MakeAsync(S3Fixture fixture, Desk desk, bool objectLock = false)
    {
        S3Server server = await fixture.ServerAsync();
        var bucket = new Bucket(server, await server.CreateBucketAsync(objectLock: objectLock));
        desk.Shell.Set("bucket", bucket.Repository);
        desk.Shell.Set("endpoint", server.Endpoint.ToString().TrimEnd('/'));
        desk.Shell.Set("accessKey", server.AccessKey);
        desk.Shell.Set("secretKey", server.SecretKey);
        desk.Run("""
            $keys = [pscredential]::new($accessKey, [System.Net.NetworkCredential]::new('', $secretKey).SecurePassword)
            $s3 = @{ S3Endpoint = $endpoint; S3Credential = $keys }
            """);
        return bucket;
    }

    /// <summary>The keys below the repository, sorted.</summary>
    public async Task<IReadOnlyList<string>> KeysAsync() =>
        [.. (await Server.ListAsync(Name, "backups/")).Select(entry => entry.Key["backups/".Length..]).Order(StringComparer.Ordinal)];

    public Task<byte[]> ReadAsync(string key) => Server.GetObjectAsync(Name, "backups/" + key);

    public Task WriteAsync(string key, byte[] content) => Server.PutObjectAsync(Name, "backups/" + key, content);

    /// <summary>Flips a byte in the middle of an object.</summary>
    public async Task DamageAsync(string key)
    {
        byte[] content = await ReadAsync(key);
        content[content.Length / 2] ^= 0xFF;
        await WriteAsync(key, content);
    }
}
