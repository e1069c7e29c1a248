using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>
/// Temporary keys of a role that is assumed by a token in a file, as in a pod of Kubernetes. The SDK's own class finds the client of the
/// token service by name, and not in our load context.
/// </summary>
internal sealed class WebIdentityRole : RefreshingAWSCredentials
{
    private readonly AmazonSecurityTokenServiceClient _service;
    private readonly string _tokenFile;
    private readonly string _role;
    private readonly string? _session;

    internal WebIdentityRole(
        Func<AWSCredentials, AmazonSecurityTokenServiceClient> createTokenService, string tokenFile, string role, string? session)
    {
        _service = createTokenService(new AnonymousAWSCredentials());
        _tokenFile = tokenFile;
        _role = role;
        _session = session;
        PreemptExpiryTime = TimeSpan.FromMinutes(5);
    }

    /// <inheritdoc/>
    protected override CredentialsRefreshState GenerateNewCredentials() => GenerateNewCredentialsAsync().GetAwaiter().GetResult();

    /// <inheritdoc/>
    protected override async Task<CredentialsRefreshState> GenerateNewCredentialsAsync()
    {
        // The token is replaced from time to time by whoever runs the pod.
        string token = await File.ReadAllTextAsync(_tokenFile).ConfigureAwait(false);
        AssumeRoleWithWebIdentityResponse answer = await _service.AssumeRoleWithWebIdentityAsync(new AssumeRoleWithWebIdentityRequest
        {
            RoleArn = _role,
            RoleSessionName = _session ?? AssumedRole.UsualSession,
            WebIdentityToken = token.Trim(),
        }).ConfigureAwait(false);
        return AssumedRole.StateOf(_role, answer.Credentials);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _service.Dispose();
        base.Dispose(disposing);
    }
}
