using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Runtime.Credentials;
using Amazon.SecurityToken;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>Where keys come from: the settings, the named profile, or the places AWS's own tools look at. Never nobody: requests are signed.</summary>
internal static class S3Credentials
{
    // Elsewhere than on a machine of AWS nobody answers for the instance's role, and the SDK would ask for minutes.
    private static readonly TimeSpan LongestSearch = TimeSpan.FromSeconds(15);

    /// <summary>Finds the credentials and makes sure that there are some.</summary>
    internal static async Task<AWSCredentials> FindAsync(
        S3Settings settings, CredentialProfile? profile, Func<AWSCredentials, AmazonSecurityTokenServiceClient> createTokenService,
        TimeProvider clock, CancellationToken cancellationToken)
    {
        if (settings is { AccessKey: not null, RoleArn: null })
            return await SourceAsync(settings, null, createTokenService).ConfigureAwait(false);
        try
        {
            // The SDK's ways to some of them are synchronous and know no cancellation.
            return await Task.Run(() => SearchAsync(settings, profile, createTokenService), cancellationToken)
                .WaitAsync(LongestSearch, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            throw NotFound("the search had no end within 15 seconds", exception);
        }
        catch (AmazonServiceException exception)
        {
            throw new StorageException(
                ErrorIds.CredentialsRefused, $"The token service gave no credentials for S3: {exception.Message}", isPermanent: true, exception,
                guidance: "Check the role's name and that its trust policy lets these credentials assume it.");
        }
        catch (Exception exception) when (exception is AmazonClientException or ArgumentException or InvalidOperationException
            or HttpRequestException or IOException or UnauthorizedAccessException)
        {
            throw NotFound(FirstLine(exception.Message), exception);
        }
    }

    /// <summary>The profile's entry in the configuration files; null when none is named and there is no default one.</summary>
    internal static CredentialProfile? FindProfile(string? name)
    {
        string wanted = name ?? Variable("AWS_PROFILE") ?? "default";
        try
        {
            if (Profiles().TryGetProfile(wanted, out CredentialProfile profile))
                return profile;
        }
        catch (Exception exception) when (exception is AmazonClientException or IOException or UnauthorizedAccessException)
        {
            if (name is not null)
                throw NotFound($"the profile '{name}' cannot be read: {exception.Message}", exception);
        }

        return name is null ? null : throw NotFound($"there is no profile '{name}' in the AWS configuration files", null);
    }

    private static async Task<AWSCredentials> SearchAsync(
        S3Settings settings, CredentialProfile? profile, Func<AWSCredentials, AmazonSecurityTokenServiceClient> createTokenService)
    {
        AWSCredentials credentials = await SourceAsync(settings, profile, createTokenService).ConfigureAwait(false);
        if (settings.RoleArn is { } role)
            credentials = new AssumedRole(createTokenService(credentials), role, settings.RoleSessionName, externalId: null);
        await credentials.GetCredentialsAsync().ConfigureAwait(false);
        return credentials;
    }

    // The order of AWS's tools. What needs the token service is done here: the SDK would look for its client in the wrong load context.
    private static async Task<AWSCredentials> SourceAsync(
        S3Settings settings, CredentialProfile? profile, Func<AWSCredentials, AmazonSecurityTokenServiceClient> createTokenService)
    {
        if (settings.AccessKey is { } accessKey)
        {
            return settings.SessionToken is { Length: > 0 } token
                ? new SessionAWSCredentials(accessKey, settings.SecretKey, token)
                : new BasicAWSCredentials(accessKey, settings.SecretKey);
        }

        if (settings.Profile is not null)
            return OfProfile(profile!, createTokenService);
        if (Variable("AWS_ACCESS_KEY_ID") is not null && Variable("AWS_SECRET_ACCESS_KEY") is not null)
            return new EnvironmentVariablesAWSCredentials();
        if (Variable("AWS_WEB_IDENTITY_TOKEN_FILE") is { } tokenFile && Variable("AWS_ROLE_ARN") is { } role)
            return new WebIdentityRole(createTokenService, tokenFile, role, Variable("AWS_ROLE_SESSION_NAME"));
        if (profile is not null && (profile.CanCreateAWSCredentials || profile.Options.RoleArn is { Length: > 0 }))
            return OfProfile(profile, createTokenService);
        try
        {
            return await DefaultAWSCredentialsIdentityResolver.GetCredentialsAsync().ConfigureAwait(false);
        }
        catch (AmazonClientException exception)
        {
            // The SDK tells of each place in many lines.
            throw NotFound(
                "there are none in the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), in the profiles of ~/.aws, "
                + "from a web identity, a container or an instance of AWS", exception);
        }
    }

    private static AWSCredentials OfProfile(
        CredentialProfile profile, Func<AWSCredentials, AmazonSecurityTokenServiceClient> createTokenService, int depth = 0)
    {
        CredentialProfileOptions options = profile.Options;
        if (options.RoleArn is not { Length: > 0 } role || options.MfaSerial is { Length: > 0 })
            return profile.GetAWSCredentials(Profiles());
        if (options.WebIdentityTokenFile is { Length: > 0 } tokenFile)
            return new WebIdentityRole(createTokenService, tokenFile, role, options.RoleSessionName);
        AWSCredentials source = options.SourceProfile is { Length: > 0 } name
            ? OfSourceProfile(profile, name, createTokenService, depth)
            : options.CredentialSource switch
            {
                "Environment" => new EnvironmentVariablesAWSCredentials(),
                "EcsContainer" => new GenericContainerCredentials(),
                _ => new InstanceProfileAWSCredentials(),
            };
        return new AssumedRole(createTokenService(source), role, options.RoleSessionName, options.ExternalID);
    }

    private static AWSCredentials OfSourceProfile(
        CredentialProfile profile, string name, Func<AWSCredentials, AmazonSecurityTokenServiceClient> createTokenService, int depth)
    {
        const int Deepest = 8; // profiles may name each other in a circle
        CredentialProfile source = FindProfile(name)!;
        if (depth == Deepest)
            throw NotFound($"the profile '{profile.Name}' has no source at its end", null);
        // A profile that names itself gives its own keys.
        return source.Name == profile.Name
            ? new BasicAWSCredentials(profile.Options.AccessKey, profile.Options.SecretKey)
            : OfProfile(source, createTokenService, depth + 1);
    }

    // The SDK reads the variable once in the life of the process, and only if the file is there in that moment.
    private static CredentialProfileStoreChain Profiles() => new(Variable("AWS_SHARED_CREDENTIALS_FILE"));

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static string FirstLine(string message) => message.Split('\n')[0].TrimEnd('\r', '.', ' ');

    private static StorageException NotFound(string reason, Exception? cause) => new(
        ErrorIds.CredentialsNotFound, $"No credentials for S3: {reason}.", isPermanent: true, cause);
}
