using System.Management.Automation;
using System.Text.RegularExpressions;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup;

/// <summary>
/// Turns what a user types into an absolute path: a URI scheme first, else a PowerShell path, so that ./backups means
/// $PWD (not the directory the process was started in) and ~ and drives of PowerShell work. On the pipeline thread only.
/// </summary>
internal sealed partial class PathConversion(SessionState session)
{
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
                "Repositories on S3 (s3://) are not there yet: this version keeps backups in directories.",
                guidance: "Name a directory.")
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

    // A single letter is a drive.
    [GeneratedRegex(@"^\s*([A-Za-z][A-Za-z0-9+.\-]+)://", RegexOptions.CultureInvariant)]
    private static partial Regex UriScheme();
}
