using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>Temporary keys of a role, fetched anew before they expire.</summary>
internal sealed class AssumedRole : RefreshingAWSCredentials
{
    /// <summary>What the session is called where nothing is said.</summary>
    internal const string UsualSession = "InMidst.Backup";

    private readonly AmazonSecurityTokenServiceClient _service;
    private readonly string _role;
    private readonly string _session;
    private readonly string? _externalId;

    internal AssumedRole(AmazonSecurityTokenServiceClient service, string role, string? session, string? externalId)
    {
        _service = service;
        _role = role;
        _session = session ?? UsualSession;
        _externalId = externalId;
        PreemptExpiryTime = TimeSpan.FromMinutes(5);
    }

    /// <inheritdoc/>
    protected override CredentialsRefreshState GenerateNewCredentials() => GenerateNewCredentialsAsync().GetAwaiter().GetResult();

    /// <inheritdoc/>
    protected override async Task<CredentialsRefreshState> GenerateNewCredentialsAsync()
    {
        AssumeRoleResponse answer = await _service.AssumeRoleAsync(
            new AssumeRoleRequest { RoleArn = _role, RoleSessionName = _session, ExternalId = _externalId }).ConfigureAwait(false);
        return StateOf(_role, answer.Credentials);
    }

    /// <summary>The keys with the end of their validity.</summary>
    internal static CredentialsRefreshState StateOf(string role, Credentials keys)
    {
        DateTime expiration = keys.Expiration?.ToUniversalTime()
            ?? throw new AmazonClientException($"The keys of {role} came without an end of their validity.");
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
