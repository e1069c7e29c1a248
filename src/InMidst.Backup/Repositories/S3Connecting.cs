using System.Management.Automation;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage.S3;

namespace InMidst.Backup.Repositories;

/// <summary>How S3 is reached, as the parameters of a command say it; what they leave out the AWS variables and files say.</summary>
internal sealed class S3Connecting
{
    /// <summary>Whether these are the parameters of a destination that is reached in a way of its own.</summary>
    public bool IsDestination { get; init; }

    public string? Endpoint { get; init; }

    public string? Region { get; init; }

    public string? Profile { get; init; }

    public PSCredential? Credential { get; init; }

    public string? RoleArn { get; init; }

    /// <summary>Absolute path of a PEM file.</summary>
    public string? CaCertificate { get; init; }

    public bool? PathStyle { get; init; }

    /// <summary>Whether any parameter says something.</summary>
    public bool IsGiven =>
        Endpoint is not null || Region is not null || Profile is not null || Credential is not null || RoleArn is not null || CaCertificate is not null || PathStyle is not null;

    /// <summary>What it comes to.</summary>
    /// <exception cref="BackupException"><see cref="ErrorIds.InvalidArgument"/>, naming the parameters.</exception>
    public S3Way Choose() => new(ToSettings(), [.. Describe()]);

    private S3Settings ToSettings()
    {
        Require(Credential is null || Profile is null, $"{Parameter(nameof(Credential))} and {Parameter(nameof(Profile))} contradict each other.");
        Require(Endpoint is null || IsWebAddress(Endpoint), $"{Parameter(nameof(Endpoint))} must be an http or https URL without a user name.");
        string? secret = Credential?.GetNetworkCredential().Password;
        Require(secret is null || (secret.Length > 0 && Credential!.UserName.Length > 0),
            $"{Parameter(nameof(Credential))} holds the access key as the user name and the secret key as the password; one of them is empty.");
        Require(CaCertificate is null || File.Exists(CaCertificate), $"There is no file '{CaCertificate}', which {Parameter(nameof(CaCertificate))} names.");
        var settings = new S3Settings
        {
            Endpoint = Endpoint,
            Region = Region,
            Profile = Profile,
            AccessKey = Credential?.UserName,
            SecretKey = secret,
            RoleArn = RoleArn,
            CaCertificate = CaCertificate,
            PathStyle = PathStyle,
        };
        settings.Validate();
        return settings;
    }

    /// <summary>Where endpoint, region and credentials come from, in words for the verbose stream; no secret is in them.</summary>
    private IEnumerable<string> Describe()
    {
        yield return Describe("endpoint", Endpoint, Parameter(nameof(Endpoint)), ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"], "the profile's, or AWS itself");
        yield return Describe("region", Region, Parameter(nameof(Region)), ["AWS_REGION", "AWS_DEFAULT_REGION"], "the profile's, or us-east-1");
        string credentials = this switch
        {
            { Credential: not null } => Parameter(nameof(Credential)),
            { Profile: { } profile } => $"the profile '{profile}' ({Parameter(nameof(Profile))})",
            _ when Variable("AWS_ACCESS_KEY_ID") is not null => "environment variable AWS_ACCESS_KEY_ID",
            _ when Variable("AWS_PROFILE") is { } profile => $"the profile '{profile}' (environment variable AWS_PROFILE)",
            _ => "where AWS's own tools look: web identity, configuration files, container, instance",
        };
        yield return $"{Whose} credentials: {credentials}{(RoleArn is null ? "" : $"; with them the role {RoleArn} ({Parameter(nameof(RoleArn))})")}.";
    }

    private string Whose => IsDestination ? "Destination's S3" : "S3";

    private string Parameter(string name) => $"-{(IsDestination ? "Destination" : "")}S3{name}";

    private string Describe(string what, string? given, string parameter, string[] variables, string otherwise)
    {
        if (given is not null)
            return $"{Whose} {what}: {given} ({parameter}).";
        string? variable = Array.Find(variables, name => Variable(name) is not null);
        string? value = variable is null ? null : Variable(variable);

        // What is no address may be anything; the engine refuses it without repeating it.
        bool shown = value is not null && (what == "region" || IsWebAddress(value));
        return variable is null ? $"{Whose} {what}: {otherwise}." : $"{Whose} {what}:{(shown ? " " + value : "")} (environment variable {variable}).";
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static bool IsWebAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri is { Scheme: "http" or "https", UserInfo.Length: 0 };

    private static void Require(bool holds, string message)
    {
        if (!holds)
            throw new BackupException(ErrorIds.InvalidArgument, message);
    }
}
