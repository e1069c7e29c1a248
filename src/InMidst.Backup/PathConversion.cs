using System.Management.Automation;
using System.Text.RegularExpressions;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage.S3;

namespace InMidst.Backup;

/// <summary>
/// Turns what a user types into an absolute path: a URI scheme first, else a PowerShell path, so that ./backups means
/// $PWD (not the directory the process was started in) and ~ and drives of PowerShell work. s3:// is taken where repositories and dumps
/// are meant, and nowhere else. On the pipeline thread only.
/// </summary>
internal sealed partial class PathConversion(SessionState session)
{
    /// <summary>A repository: s3://bucket/prefix, or the absolute path of a directory that need not exist.</summary>
    /// <exception cref="BackupException"><see cref="ErrorIds.InvalidArgument"/>: neither.</exception>
    internal string ToRepository(string text)
    {
        if (FindS3(text) is { } uri)
            return uri;
        RefuseWebAddress(text);
        return ToAbsolute(text);
    }

    /// <summary>A dump: s3://bucket/key, or the absolute path of a file that need not exist. Wildcard characters mean themselves.</summary>
    /// <exception cref="BackupException"><see cref="ErrorIds.InvalidArgument"/>: neither.</exception>
    internal string ToDump(string text) => FindS3(text) ?? ToAbsolute(text);

    /// <summary>Dumps: s3://bucket/key as it stands, or the existing files under a name that may hold wildcards; at least one.</summary>
    /// <exception cref="BackupException">As for <see cref="FindExisting"/>.</exception>
    internal IReadOnlyList<string> FindDumps(string text) => FindS3(text) is { } uri ? [uri] : FindExisting(text);

    /// <summary>The absolute path of a file or directory that need not exist. Wildcard characters mean themselves.</summary>
    /// <exception cref="BackupException"><see cref="ErrorIds.InvalidArgument"/>: a URI, another provider's path, or no path at all.</exception>
    internal string ToAbsolute(string text)
    {
        Refuse(text);
        return Convert(text, () =>
        {
            string path = session.Path.GetUnresolvedProviderPathFromPSPath(text, out ProviderInfo provider, out _);
            RefuseOtherProvider(text, provider);
            return Normalize(path);
        });
    }

    /// <summary>The absolute paths of what exists under a name that may hold wildcards, in the provider's order; at least one.</summary>
    /// <exception cref="BackupException">As for <see cref="ToAbsolute"/>; <see cref="ErrorIds.BackupNotFound"/> when nothing exists.</exception>
    internal IReadOnlyList<string> FindExisting(string text)
    {
        Refuse(text);
        return Convert(text, () =>
        {
            var paths = session.Path.GetResolvedProviderPathFromPSPath(text, out ProviderInfo provider);
            RefuseOtherProvider(text, provider);
            if (paths.Count == 0)
                throw NotFound(text, cause: null);
            return paths.Select(Normalize).ToList();
        });
    }

    private static T Convert<T>(string text, Func<T> convert)
    {
        try
        {
            return convert();
        }
        catch (ItemNotFoundException failure)
        {
            throw NotFound(text, failure);
        }
        catch (Exception failure) when (failure is RuntimeException and not PipelineStoppedException or ArgumentException or NotSupportedException)
        {
            throw new BackupException(
                ErrorIds.InvalidArgument, $"'{text}' cannot be used as a path: {failure.Message}", failure, target: text);
        }
    }

    private static string Normalize(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    /// <summary>The URI in its one form when the text means S3, else null.</summary>
    private static string? FindS3(string text)
    {
        string uri = text.TrimStart();
        if (!S3Location.IsS3(uri))
            return null;

        // The text is not repeated: keys may stand before the '@'.
        if (uri.Split('/', 4)[2].Contains('@', StringComparison.Ordinal))
        {
            throw new BackupException(ErrorIds.InvalidArgument, "An s3:// URI names a bucket and no user.",
                guidance: "Give keys with -S3Credential, -S3Profile or the AWS_* variables.");
        }

        return S3Location.Parse(uri).ToString();
    }

    /// <summary>Who names a server here means a bucket of it.</summary>
    private static void RefuseWebAddress(string text)
    {
        // The text is not repeated: URIs can carry passwords and keys.
        if (WebAddress().IsMatch(text))
        {
            throw new BackupException(ErrorIds.InvalidArgument, "A repository is a directory or a place in a bucket, and no web address.",
                guidance: "Write s3://bucket/prefix, and name the server with -S3Endpoint.");
        }
    }

    private static void Refuse(string text)
    {
        // PowerShell would take it for $PWD; far more likely a variable was not set.
        if (string.IsNullOrWhiteSpace(text))
            throw new BackupException(ErrorIds.InvalidArgument, "The path is empty.", guidance: "Name a file or directory; '.' is $PWD.");

        Match match = UriScheme().Match(text);
        if (!match.Success)
            return;

        // The text itself is not repeated: URIs can carry passwords and keys.
        string scheme = match.Groups[1].Value;
        throw scheme.Equals("s3", StringComparison.OrdinalIgnoreCase)
            ? new BackupException(
                ErrorIds.InvalidArgument,
                "Only repositories and dumps can lie on S3 (s3://); here a file or directory of this machine is meant.",
                guidance: "Name a file or directory.")
            : new BackupException(
                ErrorIds.InvalidArgument, $"A URI of the scheme '{scheme}' is not a path.", guidance: "Name a file or directory.");
    }

    private static void RefuseOtherProvider(string text, ProviderInfo provider)
    {
        if (provider.Name == "FileSystem")
            return;
        throw new BackupException(
            ErrorIds.InvalidArgument,
            $"'{text}' is a path of PowerShell's {provider.Name} provider, not of the file system.",
            guidance: "Name a file or directory, or change to one first (Set-Location).",
            target: text);
    }

    private static BackupException NotFound(string text, Exception? cause) =>
        new(ErrorIds.BackupNotFound, $"No file matches '{text}'.", cause, guidance: "Check -Path; a relative path starts at $PWD.", target: text);

    [GeneratedRegex(@"^\s*https?://", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex WebAddress();

    // A single letter is a drive.
    [GeneratedRegex(@"^\s*([A-Za-z][A-Za-z0-9+.\-]+)://", RegexOptions.CultureInvariant)]
    private static partial Regex UriScheme();
}
