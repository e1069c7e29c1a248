using System.Net;
using System.Net.Sockets;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.S3;

/// <summary>Keys, rights, certificates and endpoints that are wrong, on a real server.</summary>
public sealed class S3AccessTests(S3Fixture fixture) : IDisposable
{
    private readonly S3Scene _scene = new(fixture);

    public void Dispose() => _scene.Dispose();

    [Theory]
    [InlineData(null, "wrong-secret")]
    [InlineData("UNKNOWNKEY", "some-secret")]
    public async Task Wrong_keys_are_said_to_be_wrong_by_every_call_whatever_was_refused_before(string? accessKey, string secretKey)
    {
        S3Settings settings = await _scene.SettingsAsync();
        settings = settings with { AccessKey = accessKey ?? settings.AccessKey, SecretKey = secretKey };
        S3Storage storage = await _scene.OpenAsync(settings: settings);
        for (int i = 0; i < 5; i++)
        {
            // One byte in a refused request must not become the beginning of the next one on the same connection.
            await RefusedAsync(() => storage.PutAsync("a", new byte[1], PutMode.CreateNew, CancellationToken.None));
            await RefusedAsync(() => storage.InitializeAsync(CancellationToken.None));
            await RefusedAsync(() => storage.PutAsync("a", new byte[] { (byte)'x' }, PutMode.Replace, CancellationToken.None));
            await RefusedAsync(() => storage.PutAsync("a", new byte[4 << 20], PutMode.CreateNew, CancellationToken.None));
            await RefusedAsync(() => storage.PutAsync("a", new byte[4 << 20], PutMode.Replace, CancellationToken.None));
            await RefusedAsync(() => storage.FindAsync("a", CancellationToken.None));
            await RefusedAsync(() => storage.OpenReadAsync("a", 0, null, CancellationToken.None));
            await RefusedAsync(() => storage.DeleteAsync("a", CancellationToken.None));
            await RefusedAsync(async () => await storage.ListUnfinishedUploadsAsync("", CancellationToken.None).ToListAsync());
            await RefusedAsync(() => storage.PutAsync("a", new byte[S3Settings.SmallestPartLength + 1], PutMode.CreateNew, CancellationToken.None));
        }

        async Task RefusedAsync(Func<Task> action)
        {
            StorageException exception = await Assert.ThrowsAsync<StorageException>(action);
            Assert.Equal(ErrorIds.CredentialsRefused, exception.Id);
            Assert.True(exception.IsPermanent);
            Assert.DoesNotContain(secretKey, exception.ToString());
        }
    }

    [Fact]
    public async Task A_bucket_that_is_not_there_is_said_to_be_missing_and_not_made()
    {
        S3Storage storage = await _scene.OpenAsync(new S3Location("no-such-bucket", "p"));
        await FailsAsync(
            ErrorIds.RepositoryNotFound, "'no-such-bucket' does not exist", async () => await storage.ListAsync("", CancellationToken.None).ToListAsync());
        await FailsAsync(ErrorIds.RepositoryNotFound, "'no-such-bucket' does not exist", () => storage.InitializeAsync(CancellationToken.None));
        await FailsAsync(
            ErrorIds.RepositoryNotFound, "'no-such-bucket' does not exist",
            () => storage.PutAsync("a", new byte[1], PutMode.CreateNew, CancellationToken.None));
        await FailsAsync(
            ErrorIds.RepositoryNotFound, "'no-such-bucket' does not exist", () => storage.OpenReadAsync("a", 0, null, CancellationToken.None));
        await FailsAsync(
            ErrorIds.RepositoryNotFound, "'no-such-bucket' does not exist", async () => await storage.ListAsync("", CancellationToken.None).ToListAsync());
    }

    [Theory]
    [InlineData("s3:GetObject,s3:PutObject,s3:DeleteObject", "may not list")]
    [InlineData("s3:ListBucket,s3:GetObject,s3:DeleteObject", "may not write")]
    [InlineData("s3:ListBucket,s3:GetObject,s3:PutObject", "may not delete")]
    [InlineData("s3:ListBucket,s3:PutObject,s3:DeleteObject", "may not read")]
    public async Task A_missing_right_is_named(string granted, string words)
    {
        S3Server server = await fixture.ServerAsync();
        string bucket = await fixture.NewBucketAsync();
        string user = "limited" + Guid.NewGuid().ToString("N");
        (string accessKey, string secretKey) = await server.CreateUserAsync(user);
        await server.PutObjectAsync(bucket, "p/there", new byte[1]);
        await server.AllowAsync(bucket, user, granted.Split(','));
        S3Storage storage = await _scene.OpenAsync(
            new S3Location(bucket, "p"), await _scene.SettingsAsync() with { AccessKey = accessKey, SecretKey = secretKey });
        await FailsAsync(ErrorIds.RepositoryAccessDenied, words, async () =>
        {
            await storage.InitializeAsync(CancellationToken.None);
            await storage.ReadAllBytesAsync("there", 1, CancellationToken.None);
            await storage.PutAsync("new", new byte[4 << 20], PutMode.CreateNew, CancellationToken.None);
            await storage.DeleteAsync("there", CancellationToken.None);
        });
    }

    [Theory]
    [InlineData(200_000)]
    [InlineData(S3Settings.SmallestPartLength + 1)]
    public async Task A_full_bucket_is_said_to_be_full_and_nothing_is_left(int length)
    {
        S3Server server = await fixture.ServerAsync();
        string bucket = await fixture.NewBucketAsync();
        S3Storage storage = await _scene.OpenAsync(new S3Location(bucket, "p"));
        await server.SetQuotaAsync(bucket, 100_000);
        await FailsAsync(
            ErrorIds.RepositoryFull, "no room left", () => storage.PutAsync("a", new byte[length], PutMode.CreateNew, CancellationToken.None));
        Assert.Empty(await server.ListAsync(bucket));
        Assert.Empty(await server.ListUploadsAsync(bucket));
    }

    [Fact]
    public async Task A_CA_file_makes_a_server_trusted_that_the_machine_does_not_know()
    {
        S3Server server = await fixture.ServerAsync();
        S3Settings settings = await _scene.SettingsAsync() with { Endpoint = server.TlsEndpoint.ToString() };
        var location = new S3Location(await fixture.NewBucketAsync(), "p");
        S3Storage unknown = await _scene.OpenAsync(location, settings);
        await FailsAsync(ErrorIds.TlsFailed, "No trusted connection", () => unknown.InitializeAsync(CancellationToken.None));
        S3Storage trusted = await _scene.OpenAsync(location, settings with { CaCertificate = server.CertificateFile });
        byte[] content = new byte[S3Settings.SmallestPartLength + 7];
        new Random(1).NextBytes(content);
        await trusted.PutAsync("a", content, PutMode.CreateNew, CancellationToken.None);
        Assert.Equal(content, await trusted.ReadAllBytesAsync("a", content.Length, CancellationToken.None));
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_named()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        S3Storage storage = await _scene.OpenAsync(
            new S3Location("bucket", "p"), await _scene.SettingsAsync() with { Endpoint = $"http://127.0.0.1:{port}" });
        await FailsAsync(ErrorIds.RepositoryUnavailable, $"http://127.0.0.1:{port} refuses connections", () => storage.InitializeAsync(CancellationToken.None));
    }

    private static async Task FailsAsync(ErrorId id, string words, Func<Task> action)
    {
        StorageException exception = await Assert.ThrowsAsync<StorageException>(action);
        Assert.Equal(id, exception.Id);
        Assert.Contains(words, exception.Message);
    }
}
