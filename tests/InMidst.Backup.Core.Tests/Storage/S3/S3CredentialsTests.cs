using System.Net;
using System.Reflection;
using System.Runtime.Loader;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;
using Microsoft.Extensions.Time.Testing;

namespace InMidst.Backup.Core.Tests.Storage.S3;

/// <summary>Where keys, region and endpoint come from.</summary>
[Collection(EnvironmentScene.Alone)]
public sealed class S3CredentialsTests : IDisposable
{
    private static readonly S3Settings Nothing = new() { Endpoint = "http://fake.test" };

    private readonly EnvironmentScene _environment = new();
    private readonly FakeScene _scene = new();

    public void Dispose()
    {
        _scene.Dispose();
        _environment.Dispose();
    }

    [Fact]
    public async Task No_credentials_are_a_clear_error_and_never_an_unsigned_request()
    {
        StorageException exception = await FailsAsync(ErrorIds.CredentialsNotFound, () => _scene.OpenAsync(Nothing));
        Assert.Contains("No credentials for S3", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        Assert.Empty(_scene.Server.Calls);
    }

    [Fact]
    public async Task A_machine_whose_role_service_does_not_answer_is_not_waited_for()
    {
        await using var silent = new FakeTokenService(answers: false);
        _environment.Set("AWS_EC2_METADATA_DISABLED", null);
        _environment.Set("AWS_EC2_METADATA_SERVICE_ENDPOINT", silent.Url);
        var clock = new FakeTimeProvider();
        using var scene = new FakeScene(clock: clock);
        Task opening = scene.OpenAsync(Nothing);
        while (!opening.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromTicks(1));
        }

        await FailsAsync(ErrorIds.CredentialsNotFound, () => opening);
    }

    [Fact]
    public async Task Keys_of_the_environment_are_used()
    {
        _environment.Set("AWS_ACCESS_KEY_ID", "ENVKEY");
        _environment.Set("AWS_SECRET_ACCESS_KEY", "env-secret");
        _environment.Set("AWS_SESSION_TOKEN", "env-token");
        _environment.Set("AWS_REGION", "eu-central-1");
        await AskAsync(Nothing);
        AssertSigned("ENVKEY", "eu-central-1");
        Assert.Equal("env-token", _scene.Server.Calls[0].Headers["x-amz-security-token"]);
    }

    [Fact]
    public async Task Given_keys_come_before_those_of_the_environment()
    {
        _environment.Set("AWS_ACCESS_KEY_ID", "ENVKEY");
        _environment.Set("AWS_SECRET_ACCESS_KEY", "env-secret");
        _environment.Set("AWS_DEFAULT_REGION", "eu-central-1");
        await AskAsync(Nothing with { AccessKey = "GIVEN", SecretKey = "s", Region = "us-west-2" });
        AssertSigned("GIVEN", "us-west-2");
    }

    [Fact]
    public async Task A_named_profile_is_asked_alone_and_may_name_the_endpoint()
    {
        _environment.Set("AWS_ACCESS_KEY_ID", "ENVKEY");
        _environment.Set("AWS_SECRET_ACCESS_KEY", "env-secret");
        await File.WriteAllTextAsync(
            _environment.CredentialsFile,
            "[default]\naws_access_key_id = DEFAULTKEY\naws_secret_access_key = x\n[mine]\naws_access_key_id = MINEKEY\naws_secret_access_key = y\n"
            + "region = eu-north-1\nendpoint_url = http://profile.test\n");
        await AskAsync(new S3Settings { Profile = "mine" });
        AssertSigned("MINEKEY", "eu-north-1");
        Assert.Equal("profile.test", _scene.Server.Calls[0].Headers["Host"]);
        StorageException exception = await FailsAsync(ErrorIds.CredentialsNotFound, () => _scene.OpenAsync(Nothing with { Profile = "none" }));
        Assert.Contains("'none'", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AWS_ENDPOINT_URL_S3", "http://env.test", null, "env.test")]
    [InlineData("AWS_ENDPOINT_URL", "http://env.test", null, "env.test")]
    [InlineData("AWS_ENDPOINT_URL_S3", "http://env.test", "http://given.test", "given.test")]
    [InlineData("AWS_REGION", "eu-west-3", null, "bucket.s3.eu-west-3.amazonaws.com")]
    public async Task The_endpoint_is_the_given_one_or_the_environments_or_AWS(string name, string value, string? given, string host)
    {
        _environment.Set(name, value);
        await AskAsync(new S3Settings { Endpoint = given, AccessKey = "k", SecretKey = "s" });
        Assert.Equal(host, _scene.Server.Calls[0].Headers["Host"]);
    }

    [Fact]
    public async Task An_endpoint_of_the_environment_that_is_no_URL_is_refused()
    {
        _environment.Set("AWS_ENDPOINT_URL_S3", "localhost:9000");
        await FailsAsync(ErrorIds.InvalidArgument, () => _scene.OpenAsync(new S3Settings { AccessKey = "k", SecretKey = "s" }));
    }

    [Theory]
    [InlineData(null, "there is no such file")]
    [InlineData("", "no certificate")]
    public async Task A_CA_file_that_cannot_be_used_is_refused(string? content, string words)
    {
        string path = _environment.At("ca.pem");
        if (content is not null)
            await File.WriteAllTextAsync(path, content);
        StorageException exception = await FailsAsync(
            ErrorIds.InvalidArgument,
            () => S3Storage.OpenAsync(
                new S3Location("bucket", ""), FakeScene.Settings with { CaCertificate = path }, new ByteBudget(), TimeProvider.System, _ => { },
                CancellationToken.None));
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
        Assert.True(content is null || exception.Message.Contains(words, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_role_is_assumed_with_the_given_keys()
    {
        await using var service = new FakeTokenService();
        _environment.Set("AWS_ENDPOINT_URL_STS", service.Url);
        using S3Storage storage = await S3Storage.OpenAsync(
            new S3Location("bucket", "p"),
            new S3Settings
            {
                Endpoint = service.Url, AccessKey = "GIVEN", SecretKey = "given-secret", RoleArn = "arn:aws:iam::1:role/backup", RoleSessionName = "nightly",
            },
            new ByteBudget(), TimeProvider.System, _ => { }, CancellationToken.None);
        Assert.Contains("Action=AssumeRole&", service.Asked, StringComparison.Ordinal);
        Assert.Contains("RoleSessionName=nightly", service.Asked, StringComparison.Ordinal);
        Assert.Contains("Credential=GIVEN/", service.Asked, StringComparison.Ordinal);
        Assert.DoesNotContain("given-secret", service.Asked, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public async Task Keys_of_a_role_that_end_before_their_time_are_fetched_anew_once(int refusals, bool succeeds)
    {
        using S3Storage storage = await _scene.OpenAsync(FakeScene.Settings with { RoleArn = "arn:aws:iam::1:role/backup" });
        int left = refusals;
        _scene.Server.Fault = call => call.Kind == "PUT" && left-- > 0 ? new FakeFault(false, HttpStatusCode.BadRequest, "ExpiredToken") : null;
        Task writing = storage.PutAsync("a", new byte[10], PutMode.CreateNew, CancellationToken.None);
        if (succeeds)
            await writing;
        else
            await FailsAsync(ErrorIds.CredentialsRefused, () => writing);
        Assert.Equal(2, _scene.Server.Calls.Count(call => call.Kind == "POST"));
    }

    [Fact]
    public async Task Keys_that_nobody_renews_are_refused_at_once()
    {
        using S3Storage storage = await _scene.OpenAsync();
        _scene.Server.Fault = call => new FakeFault(false, HttpStatusCode.BadRequest, "ExpiredToken");
        await FailsAsync(ErrorIds.CredentialsRefused, () => storage.InitializeAsync(CancellationToken.None));
        Assert.Single(_scene.Server.Calls);
    }

    [Fact]
    public async Task A_profile_may_name_a_role_and_whose_keys_assume_it()
    {
        await using var service = new FakeTokenService();
        _environment.Set("AWS_ENDPOINT_URL_STS", service.Url);
        await File.WriteAllTextAsync(
            _environment.CredentialsFile,
            "[default]\nrole_arn = arn:aws:iam::1:role/backup\nsource_profile = keys\nexternal_id = ext-1\n"
            + "[keys]\naws_access_key_id = SOURCEKEY\naws_secret_access_key = x\n");
        using S3Storage storage = await S3Storage.OpenAsync(
            new S3Location("bucket", "p"), new S3Settings { Endpoint = service.Url }, new ByteBudget(), TimeProvider.System, _ => { },
            CancellationToken.None);
        Assert.Contains("Action=AssumeRole&", service.Asked, StringComparison.Ordinal);
        Assert.Contains("Credential=SOURCEKEY/", service.Asked, StringComparison.Ordinal);
        Assert.Contains("ExternalId=ext-1", service.Asked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_by_web_identity_is_found_in_a_load_context_of_its_own()
    {
        await using var service = new FakeTokenService();
        await File.WriteAllTextAsync(_environment.At("token"), "web-token");
        _environment.Set("AWS_ENDPOINT_URL_STS", service.Url);
        _environment.Set("AWS_REGION", "eu-west-1");
        _environment.Set("AWS_ROLE_ARN", "arn:aws:iam::1:role/pod");
        _environment.Set("AWS_WEB_IDENTITY_TOKEN_FILE", _environment.At("token"));
        var context = new Isolated(Path.GetDirectoryName(typeof(S3Storage).Assembly.Location)!);
        Assembly core = context.LoadFromAssemblyName(typeof(S3Storage).Assembly.GetName());
        object Make(Type like, params object[] arguments) => Activator.CreateInstance(core.GetType(like.FullName!)!, arguments)!;
        object budget = Activator.CreateInstance(core.GetType(typeof(ByteBudget).FullName!)!, [null])!;
        MethodInfo open = core.GetType(typeof(S3Storage).FullName!)!.GetMethod(nameof(S3Storage.OpenAsync), BindingFlags.Public | BindingFlags.Static)!;
        var opening = (Task)open.Invoke(
            null,
            [Make(typeof(S3Location), "bucket", "p"), Make(typeof(S3Settings)), budget, TimeProvider.System, (Action<string>)(_ => { }), CancellationToken.None])!;
        await opening;
        Assert.Contains("Action=AssumeRoleWithWebIdentity&", service.Asked, StringComparison.Ordinal);
        Assert.Contains("web-token", service.Asked, StringComparison.Ordinal);
        Assert.Contains("AWSSDK.SecurityToken", context.Assemblies.Select(assembly => assembly.GetName().Name));
        ((IDisposable)opening.GetType().GetProperty("Result")!.GetValue(opening)!).Dispose();
    }

    private static async Task<StorageException> FailsAsync(ErrorId id, Func<Task> action)
    {
        StorageException exception = await Assert.ThrowsAsync<StorageException>(action);
        Assert.Equal(id, exception.Id);
        return exception;
    }

    private async Task AskAsync(S3Settings settings) => await (await _scene.OpenAsync(settings)).InitializeAsync(CancellationToken.None);

    private void AssertSigned(string accessKey, string region) =>
        Assert.Matches($"Credential={accessKey}/[0-9]+/{region}/s3/aws4_request", _scene.Server.Calls[0].Headers["Authorization"]);

    /// <summary>As the module loads its engine: nothing but .NET itself comes from outside.</summary>
    private sealed class Isolated(string directory) : AssemblyLoadContext("Isolated")
    {
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            string file = Path.Combine(directory, assemblyName.Name + ".dll");
            return File.Exists(file) ? LoadFromAssemblyPath(file) : null;
        }
    }
}
