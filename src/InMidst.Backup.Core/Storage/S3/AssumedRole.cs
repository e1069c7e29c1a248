using System.Globalization;
using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>Temporary keys of a role, fetched anew before they expire.</summary>
internal sealed class AssumedRole : RefreshingAWSCredentials
{
    private readonly AmazonSecurityTokenServiceClient _service;
    private readonly string _role;
    private readonly string _session;

    internal AssumedRole(AmazonSecurityTokenServiceClient service, string role, string session)
    {
        _service = service;
        _role = role;
        _session = session;
        PreemptExpiryTime = TimeSpan.FromMinutes(5);
    }

    /// <inheritdoc/>
    protected override CredentialsRefreshState GenerateNewCredentials() => GenerateNewCredentialsAsync().GetAwaiter().GetResult();

    /// <inheritdoc/>
    protected override async Task<CredentialsRefreshState> GenerateNewCredentialsAsync()
    {
        AssumeRoleResponse answer = await _service.AssumeRoleAsync(
            new AssumeRoleRequest { RoleArn = _role, RoleSessionName = _session }).ConfigureAwait(false);
        Credentials keys = answer.Credentials;
        DateTime expiration = keys.Expiration?.ToUniversalTime()
            ?? throw new AmazonClientException(string.Create(CultureInfo.InvariantCulture, $"The keys of {_role} came without an end of their validity."));
        return new CredentialsRefreshState(new ImmutableCredentials(keys.AccessKeyId, keys.SecretAccessKey, keys.SessionToken), expiration);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _service.Dispose();
        base.Dispose(disposing);
    }
}
