using System.Globalization;
using System.Text;
using System.Text.Json;

namespace InMidst.Backup.Testing;

public sealed partial class S3Server
{
    private int _administrations;

    /// <summary>Makes a user, who may make buckets and has no right to anyone else's.</summary>
    /// <param name="id">The user's name: letters and digits.</param>
    /// <returns>The user's keys.</returns>
    public async Task<(string AccessKey, string SecretKey)> CreateUserAsync(string id)
    {
        string answer = await AdministerAsync($"user create --uid={id} --display-name={id}");
        JsonElement key = JsonElement.Parse(answer).GetProperty("keys")[0];
        return (key.GetProperty("access_key").GetString()!, key.GetProperty("secret_key").GetString()!);
    }

    /// <summary>Takes a user's keys away: from then on they are unknown.</summary>
    public Task RemoveUserAsync(string id) => AdministerAsync($"user rm --uid={id} --purge-data");

    /// <summary>Limits how much a user may store in all buckets together.</summary>
    /// <param name="id">The user, one of <see cref="CreateUserAsync"/>.</param>
    /// <param name="bytes">The limit.</param>
    public async Task SetUserQuotaAsync(string id, long bytes)
    {
        await AdministerAsync(string.Create(CultureInfo.InvariantCulture, $"quota set --quota-scope=user --uid={id} --max-size={bytes}B"));
        await AdministerAsync($"quota enable --quota-scope=user --uid={id}");
    }

    /// <summary>Limits how much a bucket may hold.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="bytes">The limit; null takes it away.</param>
    public async Task SetQuotaAsync(string bucket, long? bytes)
    {
        if (bytes is null)
        {
            await AdministerAsync($"quota disable --quota-scope=bucket --bucket={bucket}");
            return;
        }

        await AdministerAsync(string.Create(CultureInfo.InvariantCulture, $"quota set --quota-scope=bucket --bucket={bucket} --max-size={bytes}B"));
        await AdministerAsync($"quota enable --quota-scope=bucket --bucket={bucket}");
    }

    /// <summary>Lets another user do what the actions say in a bucket of the first user, and nothing else.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="userId">The other user.</param>
    /// <param name="actions">Actions as in AWS: <c>s3:GetObject</c>, <c>s3:ListBucket</c>.</param>
    public Task AllowAsync(string bucket, string userId, params IReadOnlyList<string> actions) => PutBucketPolicyAsync(bucket, $$"""
        { "Version": "2012-10-17", "Statement": [ { "Effect": "Allow", "Principal": { "AWS": ["arn:aws:iam:::user/{{userId}}"] },
          "Action": [{{string.Join(',', actions.Select(action => $"\"{action}\""))}}],
          "Resource": ["arn:aws:s3:::{{bucket}}", "arn:aws:s3:::{{bucket}}/*"] } ] }
        """);

    /// <summary>Sets the policy of a bucket.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="policy">JSON as AWS has it; users are <c>arn:aws:iam:::user/ID</c>.</param>
    public async Task PutBucketPolicyAsync(string bucket, string policy) => await SendAsync(new S3Request(HttpMethod.Put, bucket)
    {
        Query = new Dictionary<string, string> { ["policy"] = "" },
        Body = Encoding.UTF8.GetBytes(policy),
    });

    private async Task<string> AdministerAsync(string command) => await _watcher.RunAsync(
        $"admin{Interlocked.Increment(ref _administrations)}", $"radosgw-admin -n client.rgw {Configured} {command}");
}
