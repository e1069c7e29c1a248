using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;
using Microsoft.Extensions.Time.Testing;

namespace InMidst.Backup.Core.Tests.Storage.S3;

public sealed class S3ErrorsTests : IDisposable
{
    private readonly FakeScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Theory]
    [InlineData(404, "NoSuchBucket", "RepositoryNotFound", "'bucket' does not exist")]
    [InlineData(403, "InvalidAccessKeyId", "CredentialsRefused", "refused the credentials")]
    [InlineData(403, "SignatureDoesNotMatch", "CredentialsRefused", "refused the credentials")]
    [InlineData(400, "ExpiredToken", "CredentialsRefused", "ExpiredToken")]
    [InlineData(403, "AccessDenied", "RepositoryAccessDenied", "may not list s3://bucket/p (s3:ListBucket)")]
    [InlineData(403, "QuotaExceeded", "RepositoryFull", "no room left")]
    [InlineData(507, "XMinioStorageFull", "RepositoryFull", "no room left")]
    [InlineData(301, "PermanentRedirect", "RegionMismatch", "region eu-west-1")]
    [InlineData(400, "AuthorizationHeaderMalformed", "RegionMismatch", "region eu-west-1")]
    [InlineData(400, "InvalidRequest", "InvalidArgument", "Said by the test")]
    [InlineData(501, "NotImplemented", "RepositoryUnavailable", "cannot do")]
    [InlineData(405, "MethodNotAllowed", "RepositoryAccessDenied", "MethodNotAllowed")]
    public async Task An_answer_that_says_no_is_told_at_once_with_what_to_do(int status, string code, string id, string words)
    {
        using S3Storage storage = await _scene.OpenAsync();
        _scene.Server.Fault = _ => new FakeFault(false, (HttpStatusCode)status, code)
        {
            Headers = new Dictionary<string, string> { ["x-amz-bucket-region"] = "eu-west-1" },
        };
        StorageException exception = await Assert.ThrowsAsync<StorageException>(() => storage.InitializeAsync(CancellationToken.None));
        Assert.Equal(id, exception.Id.Name);
        Assert.True(exception.IsPermanent);
        Assert.Contains(words, exception.Message, StringComparison.Ordinal);
        Assert.NotEmpty(exception.Guidance);
        Assert.DoesNotContain("very-secret", exception.ToString(), StringComparison.Ordinal);
        Assert.Single(_scene.Server.Calls);
    }

    [Theory]
    [InlineData("PUT", "may not write 'a' in s3://bucket/p (s3:PutObject)")]
    [InlineData("DELETE", "may not delete 'a' in s3://bucket/p (s3:DeleteObject)")]
    [InlineData("GET", "may not read 'a' in s3://bucket/p (s3:GetObject)")]
    [InlineData("GET uploads", "may not list the unfinished uploads of s3://bucket/p (s3:ListBucketMultipartUploads)")]
    [InlineData("DELETE upload", "may not remove the unfinished upload of 'a' in s3://bucket/p (s3:AbortMultipartUpload)")]
    public async Task A_missing_permission_is_named(string kind, string words)
    {
        using S3Storage storage = await _scene.OpenAsync();
        _scene.Server.Put("p/a", [1]);
        _scene.Server.Fault = call => call.Kind == kind ? new FakeFault(false, HttpStatusCode.Forbidden, "AccessDenied") : null;
        StorageException exception = await Assert.ThrowsAsync<StorageException>(async () =>
        {
            await storage.ReadAllBytesAsync("a", 10, CancellationToken.None);
            await storage.RemoveUnfinishedUploadAsync(new UnfinishedUpload("a", "id", default, null), CancellationToken.None);
            await storage.ListUnfinishedUploadsAsync("", CancellationToken.None).ToListAsync();
            await storage.DeleteAsync("a", CancellationToken.None);
            await storage.PutAsync("a", new byte[] { 1 }, PutMode.CreateNew, CancellationToken.None);
        });
        Assert.Equal(ErrorIds.RepositoryAccessDenied, exception.Id);
        Assert.Contains(words, exception.Message, StringComparison.Ordinal);
        Assert.Contains("'bucket'", exception.Guidance, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SocketError.HostNotFound, "cannot be resolved")]
    [InlineData(SocketError.ConnectionRefused, "refuses connections")]
    [InlineData(SocketError.HostUnreachable, "cannot be reached")]
    [InlineData(SocketError.ConnectionReset, "was lost or not made")]
    public async Task A_server_that_never_answered_is_given_up_soon(SocketError error, string words)
    {
        var clock = new JumpingClock();
        var warnings = new List<string>();
        using S3Storage storage = await OnNetworkAsync(new HttpRequestException("no", new SocketException((int)error)), clock, warnings.Add);
        StorageException exception = await Assert.ThrowsAsync<StorageException>(() => storage.InitializeAsync(CancellationToken.None));
        Assert.Equal(ErrorIds.RepositoryUnavailable, exception.Id);
        Assert.False(exception.IsPermanent);
        Assert.Contains(words, exception.Message, StringComparison.Ordinal);
        Assert.Contains("-S3Endpoint", exception.Guidance, StringComparison.Ordinal);
        Assert.InRange(clock.Elapsed, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(20));
        Assert.Empty(warnings);
    }

    [Fact]
    public async Task A_server_that_answered_before_is_waited_for_and_the_user_is_told()
    {
        var clock = new JumpingClock();
        using var scene = new FakeScene(clock: clock);
        using S3Storage storage = await scene.OpenAsync(policy: new RetryPolicy());
        await storage.InitializeAsync(CancellationToken.None);
        scene.Server.Fault = _ => clock.Elapsed < TimeSpan.FromMinutes(3) ? FakeFault.Unreached : null;
        await storage.InitializeAsync(CancellationToken.None);
        Assert.StartsWith("It was not possible to list s3://bucket/p", scene.Warnings[0]);
        Assert.InRange(scene.Warnings.Count, 1, 4); // not one for each attempt
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_told_at_once()
    {
        using S3Storage storage = await OnNetworkAsync(
            new HttpRequestException("no", new AuthenticationException("The remote certificate is invalid: UntrustedRoot")), TimeProvider.System, _ => { });
        StorageException exception = await Assert.ThrowsAsync<StorageException>(() => storage.InitializeAsync(CancellationToken.None));
        Assert.Equal(ErrorIds.TlsFailed, exception.Id);
        Assert.True(exception.IsPermanent);
        Assert.Contains("UntrustedRoot", exception.Message, StringComparison.Ordinal);
        Assert.Contains("-S3CaCertificate", exception.Guidance, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3600, "3600 seconds behind")]
    [InlineData(-3600, "3600 seconds ahead of")]
    public async Task A_wrong_clock_is_said_by_how_much_and_not_worked_around(int seconds, string words)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        using var scene = new FakeScene(clock: clock);
        scene.Server.Ahead = TimeSpan.FromSeconds(seconds);
        using S3Storage storage = await scene.OpenAsync();
        scene.Server.Fault = _ => new FakeFault(false, HttpStatusCode.Forbidden, "RequestTimeTooSkewed");
        for (int i = 0; i < 2; i++)
        {
            StorageException exception = await Assert.ThrowsAsync<StorageException>(() => storage.InitializeAsync(CancellationToken.None));
            Assert.Equal(ErrorIds.ClockSkewed, exception.Id);
            Assert.Contains(words, exception.Message, StringComparison.Ordinal);
        }

        Assert.Equal(2, scene.Server.Calls.Count);
    }

    [Theory]
    [InlineData(29, 0)]
    [InlineData(-29, 0)]
    [InlineData(40, 1)]
    [InlineData(-40, 1)]
    public async Task Clocks_that_differ_are_warned_of_once(int seconds, int warnings)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        using var scene = new FakeScene(clock: clock);
        scene.Server.Ahead = TimeSpan.FromSeconds(seconds);
        using S3Storage storage = await scene.OpenAsync();
        await storage.InitializeAsync(CancellationToken.None);
        await storage.InitializeAsync(CancellationToken.None);
        Assert.Equal(warnings, scene.Warnings.Count);
        Assert.All(scene.Warnings, warning => Assert.Contains("40 seconds", warning, StringComparison.Ordinal));
    }

    private static async Task<S3Storage> OnNetworkAsync(Exception failure, TimeProvider clock, Action<string> warn) => await S3Storage.OpenAsync(
        new S3Location("bucket", "p"), FakeScene.Settings, new ByteBudget(), clock, warn, new Broken(failure), new RetryPolicy(),
        CancellationToken.None);

    private sealed class Broken(Exception failure) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromException<HttpResponseMessage>(failure);
    }
}
