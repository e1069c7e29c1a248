using System.Globalization;
using System.Text;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Encryption;

/// <summary>Identity files: secret keys as age-keygen writes them.</summary>
public static class AgeKeyFile
{
    private const int MaximumLength = 1024 * 1024;

    private const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>
    /// Makes a new key and writes it into a new file: only the owner may read it, from its first byte on. On Windows it has
    /// the rights of its directory.
    /// </summary>
    /// <param name="path">The file; what is there already is never overwritten.</param>
    /// <param name="clock">Tells when it was made.</param>
    /// <param name="cancellationToken">Cancels; no file is left then.</param>
    /// <returns>The public key. The secret one is in the file only.</returns>
    /// <exception cref="BackupException">IdentityFileNotWritten.</exception>
    public static async Task<AgeRecipient> CreateAsync(string path, TimeProvider clock, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using AgeSecretKey key = AgeSecretKey.Create();
        AgeRecipient recipient = AgeRecipient.FromPublicKey(key.PublicKey);
        using SecretBytes secret = key.ToText();
        string created = clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        byte[] comments = Encoding.ASCII.GetBytes($"# created: {created}\n# public key: {recipient}\n");
        using var content = new SecretBytes((byte[])[.. comments, .. new byte[secret.Length], (byte)'\n']);
        secret.Span.CopyTo(content.Span[comments.Length..]);
        try
        {
            await WriteAsync(new FileStream(path, Options()), content, cancellationToken).ConfigureAwait(false);
            return recipient;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            bool exists = File.Exists(path) || Directory.Exists(path);
            throw new BackupException(ErrorIds.IdentityFileNotWritten,
                exists ? $"{path} exists already; it was not changed." : $"{path} cannot be made: {e.Message}", e, target: path);
        }
    }

    /// <summary>Reads the keys of a file.</summary>
    internal static List<AgeSecretKey> Read(string path, Action<string>? warn)
    {
        try
        {
            // Without a buffer of its own, which would keep a copy.
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file.SafeFileHandle) & Others) != 0)
                warn?.Invoke($"Other users of this machine can read or change {path}, and with it every backup that is encrypted for it: chmod 600 '{path}'.");
            using var text = new SecretBytes(MaximumLength);
            int length = file.ReadAtLeast(text.Span, MaximumLength, throwOnEndOfStream: false);
            return length < MaximumLength
                ? AgeSecretKey.ReadAll(text.Span[..length], path, warn)
                : throw new BackupException(ErrorIds.IdentityFileInvalid, $"{path} is too large for an identity file.", target: path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException(ErrorIds.IdentityFileInvalid, $"The identity file {path} cannot be read: {e.Message}", e, target: path);
        }
    }

    private static FileStreamOptions Options()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnersOnly;
        return options;
    }

    /// <summary>Half a key is as good as none, and would stand in the way of the next try.</summary>
    private static async Task WriteAsync(FileStream file, SecretBytes content, CancellationToken cancellationToken)
    {
        try
        {
            await using (file.ConfigureAwait(false))
            {
                await file.WriteAsync(content.Array, cancellationToken).ConfigureAwait(false);
                file.Flush(flushToDisk: true);
            }
        }
        catch
        {
            File.Delete(file.Name);
            throw;
        }
    }
}
