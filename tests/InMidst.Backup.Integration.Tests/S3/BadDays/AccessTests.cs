using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.S3.BadDays;

/// <summary>Whoever may not gets told so at once, with what to do, and never with a secret.</summary>
public sealed class AccessTests(S3Fixture fixture) : IAsyncLifetime
{
    private static readonly string[] EveryAction =
        ["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucketMultipartUploads", "s3:AbortMultipartUpload"];

    private BadDayScene _scene = null!;

    private static CancellationToken Token => BadDayScene.Token;

    public async ValueTask InitializeAsync() => _scene = await BadDayScene.CreateAsync(await fixture.ServerAsync());

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Fact]
    public async Task A_wrong_secret_is_refused_by_every_call()
    {
        S3Settings settings = _scene.Settings with { SecretKey = "not-the-secret-of-this-key" };
        await RefusedEverywhereAsync(await _scene.OpenAsync(settings), ErrorIds.CredentialsRefused, "not-the-secret");
    }

    [Fact]
    public async Task An_unknown_key_is_refused_by_every_call()
    {
        S3Settings settings = _scene.Settings with { AccessKey = "NOBODYSKEY", SecretKey = "a-secret-of-nobody" };
        await RefusedEverywhereAsync(await _scene.OpenAsync(settings), ErrorIds.CredentialsRefused, "a-secret-of");
    }

    [Fact]
    public async Task A_key_that_was_taken_away_is_refused_from_then_on()
    {
        (S3Storage storage, string user) = await OpenAsOtherAsync(EveryAction);
        await storage.PutAsync("a", "1"u8.ToArray(), PutMode.CreateNew, Token);
        await _scene.Server.RemoveUserAsync(user);
        await RefusedEverywhereAsync(storage, ErrorIds.CredentialsRefused, "no secret");
    }

    [Fact]
    public async Task An_expired_token_is_refused_at_once()
    {
        S3Storage storage = await _scene.OpenAsync();
        using InjectedFault expired = _scene.Proxy.Inject(HttpFault.Refusal(400, "ExpiredToken", "The provided token has expired."));
        await RefusedEverywhereAsync(storage, ErrorIds.CredentialsRefused, _scene.Settings.SecretKey!);
        Assert.Equal(6, expired.Hits - _scene.Proxy.Requests.Count(request => request.Method == "HEAD"));
    }

    [Fact]
    public async Task A_bucket_that_is_not_there_is_told_so_by_every_call()
    {
        S3Storage storage = await _scene.OpenAsync(location: new S3Location("no-such-bucket-anywhere", "backups"));
        // As on a disk: where no repository is, no object is found.
        Assert.Null(await storage.FindAsync("a", Token));
        await RefusedEverywhereAsync(storage, ErrorIds.RepositoryNotFound, _scene.Settings.SecretKey!, find: false);
        await _scene.FailsAsync(ErrorIds.RepositoryNotFound, () => storage.InitializeAsync(Token));
    }

    [Theory]
    [InlineData("s3:ListBucket")]
    [InlineData("s3:PutObject")]
    [InlineData("s3:DeleteObject")]
    [InlineData("s3:GetObject")]
    public async Task A_right_that_is_missing_is_named(string missing)
    {
        (S3Storage storage, _) = await OpenAsOtherAsync([.. EveryAction.Where(action => action != missing)]);
        await _scene.OverwriteAsync("there", "1"u8.ToArray());
        var calls = new Dictionary<string, Func<Task>>
        {
            ["s3:ListBucket"] = () => ListAsync(storage),
            ["s3:PutObject"] = () => storage.PutAsync("small", "1"u8.ToArray(), PutMode.Replace, Token),
            ["s3:DeleteObject"] = () => storage.DeleteAsync("there", Token),
            ["s3:GetObject"] = () => storage.ReadAllBytesAsync("there", 10, Token),
        };
        StorageException denied = await _scene.FailsAsync(ErrorIds.RepositoryAccessDenied, calls[missing]);
        Assert.Contains(missing, denied.Message);
        Assert.Contains(missing, denied.Guidance);
        Assert.NotNull(await _scene.Server.HeadObjectAsync(_scene.Bucket, "backups/there"));

        // What is not forbidden goes on; whoever may not read cannot be sure of what was written.
        if (missing != "s3:GetObject")
            Assert.Equal("1"u8.ToArray(), await storage.ReadAllBytesAsync("there", 10, Token));
    }

    [Fact]
    public async Task Whoever_may_not_write_learns_that_before_many_bytes_are_sent()
    {
        (S3Storage storage, _) = await OpenAsOtherAsync(["s3:ListBucket", "s3:GetObject"]);
        await _scene.FailsAsync(
            ErrorIds.RepositoryAccessDenied, () => storage.PutAsync("large", new byte[3 * S3Settings.SmallestPartLength], PutMode.CreateNew, Token));
        Assert.Equal(0, _scene.Proxy.Requests.Sum(request => request.ContentLength));
        Assert.Equal(0, _scene.Memory.Lent);
        await _scene.HoldsExactlyAsync();
    }

    [Fact]
    public async Task A_clock_that_is_an_hour_off_is_said_to_be_and_by_how_much()
    {
        _scene.Proxy.DateShift = TimeSpan.FromHours(1);
        _scene.Proxy.Inject(HttpFault.Refusal(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."));
        StorageException skewed = await _scene.FailsAsync(ErrorIds.ClockSkewed, async () => await ListAsync(await _scene.OpenAsync()));
        Assert.Matches("clock of this machine is 3(59|60)[0-9] seconds behind that of", skewed.Message);
        Assert.Single(_scene.Proxy.Requests);
    }

    [Fact]
    public async Task A_clock_that_is_minutes_off_is_warned_of_once()
    {
        _scene.Proxy.DateShift = TimeSpan.FromMinutes(-5);
        S3Storage storage = await _scene.OpenAsync();
        await ListAsync(storage);
        await ListAsync(storage);
        Assert.Matches("(29|30)[0-9] seconds ahead of", Assert.Single(_scene.Warnings));
    }

    [Fact]
    public async Task An_endpoint_where_nothing_listens_is_told_by_name()
    {
        await _scene.Proxy.RefuseAsync();
        S3Storage storage = await _scene.OpenAsync();
        StorageException down = await _scene.FailsAsync(ErrorIds.RepositoryUnavailable, () => ListAsync(storage), permanent: false);
        Assert.Contains("refuses connections", down.Message);
        Assert.Contains(_scene.Proxy.Endpoint.Authority, down.Message);

        _scene.Proxy.Accept();
        await ListAsync(storage);
    }

    private static async Task ListAsync(S3Storage storage) => await storage.ListAsync("", Token).ToListAsync(Token);

    private async Task<(S3Storage Storage, string User)> OpenAsOtherAsync(string[] actions)
    {
        string user = "other" + Guid.NewGuid().ToString("N");
        (string accessKey, string secretKey) = await _scene.Server.CreateUserAsync(user);
        await _scene.Server.AllowAsync(_scene.Bucket, user, actions);
        return (await _scene.OpenAsync(_scene.Settings with { AccessKey = accessKey, SecretKey = secretKey }), user);
    }

    private async Task RefusedEverywhereAsync(S3Storage storage, ErrorId id, string secret, bool find = true)
    {
        Func<Task>[] calls =
        [
            () => ListAsync(storage),
            .. find ? [() => storage.FindAsync("a", Token)] : Array.Empty<Func<Task>>(),
            () => storage.OpenReadAsync("a", 0, null, Token),
            () => storage.PutAsync("a", "1"u8.ToArray(), PutMode.Replace, Token),
            () => storage.DeleteAsync("a", Token),
            async () => await storage.ListUnfinishedUploadsAsync("", Token).ToListAsync(Token),
        ];
        foreach (Func<Task> call in calls)
        {
            StorageException refused = await _scene.FailsAsync(id, call);
            Assert.DoesNotContain(secret, refused.ToString());
        }

        Assert.DoesNotContain(_scene.Warnings, warning => warning.Contains(secret, StringComparison.Ordinal));
    }
}
