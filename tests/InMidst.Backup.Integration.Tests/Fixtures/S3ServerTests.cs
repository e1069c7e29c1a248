using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using InMidst.Backup.Integration.Tests.Processes;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.Fixtures;

public sealed class S3ServerTests(S3Fixture fixture)
{
    [Fact]
    public async Task It_keeps_objects_under_any_key()
    {
        S3Server server = await fixture.ServerAsync();
        string bucket = await fixture.NewBucketAsync();
        byte[] content = RandomNumberGenerator.GetBytes(100_000);
        string[] keys = ["plain", "a/b//c", "space +&=?#%25", "é/日本", "..", "a/../b", "./x"];
        foreach (string key in keys)
            await server.PutObjectAsync(bucket, key, content);

        Assert.Equal(keys.Order(StringComparer.Ordinal), (await server.ListAsync(bucket)).Select(entry => entry.Key).Order(StringComparer.Ordinal));
        foreach (string key in keys)
            Assert.Equal(content, await server.GetObjectAsync(bucket, key));
        await server.DeleteObjectAsync(bucket, "..");
        Assert.Null(await server.HeadObjectAsync(bucket, ".."));
        Assert.Equal("100000", (await server.HeadObjectAsync(bucket, "plain"))!["Content-Length"]);
    }

    [Fact]
    public async Task It_refuses_a_wrong_signature_an_unknown_key_an_old_request_and_strangers()
    {
        S3Server server = await fixture.ServerAsync();
        var request = new S3Request(HttpMethod.Get, await fixture.NewBucketAsync());
        Assert.Equal(HttpStatusCode.OK, (await server.AskAsync(request)).Status);
        Assert.Equal("SignatureDoesNotMatch", (await server.AskAsync(request, secretKey: "wrong")).Code);
        Assert.Equal("InvalidAccessKeyId", (await server.AskAsync(request, accessKey: "unknown")).Code);
        Assert.Equal("RequestTimeTooSkewed", (await server.AskAsync(request, now: DateTimeOffset.UtcNow.AddHours(-1))).Code);

        (string accessKey, string secretKey) = await server.CreateUserAsync("stranger" + Guid.NewGuid().ToString("N"));
        Assert.Equal("AccessDenied", (await server.AskAsync(request, accessKey, secretKey)).Code);
    }

    [Fact]
    public async Task A_policy_gives_another_user_the_rights_it_names_and_no_others()
    {
        S3Server server = await fixture.ServerAsync();
        string bucket = await fixture.NewBucketAsync(), user = "reader" + Guid.NewGuid().ToString("N");
        (string accessKey, string secretKey) = await server.CreateUserAsync(user);
        await server.PutObjectAsync(bucket, "k", new byte[1]);
        await server.AllowAsync(bucket, user, "s3:GetObject");

        Assert.Equal(HttpStatusCode.OK, (await server.AskAsync(new S3Request(HttpMethod.Get, bucket) { Key = "k" }, accessKey, secretKey)).Status);
        Assert.Equal("AccessDenied", (await server.AskAsync(new S3Request(HttpMethod.Get, bucket), accessKey, secretKey)).Code);
        Assert.Equal("AccessDenied", (await server.AskAsync(new S3Request(HttpMethod.Put, bucket) { Key = "k" }, accessKey, secretKey)).Code);
        Assert.Equal("AccessDenied", (await server.AskAsync(new S3Request(HttpMethod.Delete, bucket) { Key = "k" }, accessKey, secretKey)).Code);
    }

    [Fact]
    public async Task A_quota_is_kept_until_it_is_taken_away()
    {
        S3Server server = await fixture.ServerAsync();
        string bucket = await fixture.NewBucketAsync();
        await server.SetQuotaAsync(bucket, 100_000);
        var request = new S3Request(HttpMethod.Put, bucket) { Key = "k", Body = new byte[200_000] };
        Assert.Equal("QuotaExceeded", (await server.AskAsync(request)).Code);
        await server.SetQuotaAsync(bucket, null);
        Assert.Equal(HttpStatusCode.OK, (await server.AskAsync(request)).Status);
    }

    [Fact]
    public async Task Locked_and_versioned_buckets_keep_what_is_deleted()
    {
        S3Server server = await fixture.ServerAsync();
        string locked = await fixture.NewBucketAsync(objectLock: true), versioned = await fixture.NewBucketAsync();
        await server.EnableVersioningAsync(versioned);
        S3Answer kept = await server.SendAsync(new S3Request(HttpMethod.Put, versioned) { Key = "k", Body = new byte[7] });
        await server.DeleteObjectAsync(versioned, "k");
        var old = new S3Request(HttpMethod.Get, versioned)
        {
            Key = "k", Query = new Dictionary<string, string> { ["versionId"] = kept.Headers["x-amz-version-id"] },
        };
        Assert.Equal(7, (await server.SendAsync(old)).Body.Length);

        kept = await server.SendAsync(new S3Request(HttpMethod.Put, locked)
        {
            Key = "k",
            Body = new byte[7],
            Headers = new Dictionary<string, string>
            {
                ["x-amz-object-lock-mode"] = "COMPLIANCE",
                ["x-amz-object-lock-retain-until-date"] = DateTimeOffset.UtcNow.AddDays(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"),
            },
        });
        old = old with { Method = HttpMethod.Delete, Bucket = locked, Query = new Dictionary<string, string> { ["versionId"] = kept.Headers["x-amz-version-id"] } };
        Assert.Equal("AccessDenied", (await server.AskAsync(old)).Code);
    }

    [Fact]
    public async Task It_listens_for_tls_with_its_own_certificate()
    {
        S3Server server = await fixture.ServerAsync();
        using X509Certificate2 expected = X509Certificate2.CreateFromPemFile(server.CertificateFile, server.CertificateFile.Replace(".crt", ".pem"));
        using var handler = new HttpClientHandler
        {
            UseProxy = false,
            ServerCertificateCustomValidationCallback = (_, certificate, _, _) => certificate!.Thumbprint == expected.Thumbprint,
        };
        using var http = new HttpClient(handler);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(server.TlsEndpoint)).StatusCode);
    }

    [Fact]
    public async Task After_disposal_nothing_is_left()
    {
        S3Server own = await S3Server.StartAsync();
        Assert.All(own.Processes, process => Assert.True(ProcessTable.Runs(process)));
        await own.DisposeAsync();
        Assert.DoesNotContain(own.Processes, ProcessTable.Runs);
        Assert.False(Directory.Exists(own.Directory));
    }

    [Fact]
    public async Task When_the_test_process_is_killed_daemons_and_directory_disappear()
    {
        using var holder = HeldServer.StartHolder("s3");
        string directory = (await holder.StandardOutput.ReadLineAsync())!;
        int[] processes = [.. (await holder.StandardOutput.ReadLineAsync())!.Split(' ').Select(int.Parse)];
        Assert.Equal(3, processes.Length);
        Assert.All(processes, process => Assert.True(ProcessTable.Runs(process)));
        holder.Kill();
        await holder.WaitForExitAsync();
        await Eventually.TrueAsync(() => !processes.Any(ProcessTable.Runs), "the daemons are gone");
        await Eventually.TrueAsync(() => !Directory.Exists(directory), "the directory is gone");
    }

    [Fact]
    public void Missing_programs_are_named_with_the_way_to_get_them()
    {
        S3ServerException missing = Assert.Throws<S3ServerException>(() => CephPrograms.Require(["/nowhere"]));
        Assert.Contains("ceph-mon", missing.Message);
        Assert.Contains("apt-get install --no-install-recommends ceph-mon ceph-osd radosgw", missing.Message);
    }
}
