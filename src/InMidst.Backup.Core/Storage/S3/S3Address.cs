using Amazon.Runtime.CredentialManagement;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>Where the server is, of settings, environment and profile, in this order.</summary>
/// <param name="Endpoint">Its URL; null for AWS.</param>
/// <param name="TokenServiceEndpoint">The URL of the service that roles are assumed at; null for AWS.</param>
/// <param name="Region">The region that requests are signed for.</param>
/// <param name="PathStyle">Whether the bucket stands in the path.</param>
/// <param name="CaCertificate">A PEM file, or null.</param>
internal sealed record S3Address(string? Endpoint, string? TokenServiceEndpoint, string Region, bool PathStyle, string? CaCertificate)
{
    /// <summary>What messages call the server.</summary>
    internal string ServerName => Endpoint ?? $"S3 in {Region}";

    internal static S3Address Of(S3Settings settings, CredentialProfile? profile)
    {
        string? endpoint = settings.Endpoint ?? Variable("AWS_ENDPOINT_URL_S3") ?? Variable("AWS_ENDPOINT_URL") ?? profile?.EndpointUrl;
        if (endpoint is not null && !S3Settings.IsWebAddress(endpoint))
        {
            throw new StorageException(
                ErrorIds.InvalidArgument, "The endpoint of S3 must be an http or https URL without a user name.", isPermanent: true,
                guidance: "Check -S3Endpoint, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL and the profile's endpoint_url.");
        }

        return new S3Address(
            endpoint, Variable("AWS_ENDPOINT_URL_STS"),
            settings.Region ?? Variable("AWS_REGION") ?? Variable("AWS_DEFAULT_REGION") ?? profile?.Region?.SystemName ?? "us-east-1",
            settings.PathStyle ?? endpoint is not null,
            settings.CaCertificate ?? Variable("AWS_CA_BUNDLE"));
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
