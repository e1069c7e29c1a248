using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Postgres.Sandbox;

/// <summary>
/// The directory that holds the sandboxes of one user. In /tmp anybody can make a directory of that name first, so one that
/// is not a plain directory of ours is refused before anything in it is believed.
/// </summary>
internal sealed partial class SandboxRoot
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // As root the server's account has to get through to its own directory; nobody can list what is there.
    private const UnixFileMode Passage = OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly string _path;

    private SandboxRoot(string path) => _path = path;

    private static UnixFileMode Mode => Environment.IsPrivilegedProcess ? Passage : OwnerOnly;

    /// <summary>Makes the root if need be.</summary>
    /// <exception cref="BackupException"><see cref="ErrorIds.SandboxFailed"/>: somebody else's, or a link.</exception>
    public static async Task<SandboxRoot> CreateAsync(string? directory, CancellationToken cancellationToken)
    {
        string path = Locate(directory);
        if (OperatingSystem.IsWindows())
            System.IO.Directory.CreateDirectory(path);
        else
            System.IO.Directory.CreateDirectory(path, Mode);
        await CheckAsync(path, cancellationToken).ConfigureAwait(false);
        // The umask may have taken bits away, or somebody has given some.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, Mode);
        return new SandboxRoot(path);
    }

    /// <summary>The root, or null when no sandbox was ever made here.</summary>
    /// <exception cref="BackupException"><see cref="ErrorIds.SandboxFailed"/>: somebody else's, or a link.</exception>
    public static async Task<SandboxRoot?> FindAsync(string? directory, CancellationToken cancellationToken)
    {
        string path = Locate(directory);
        if (!System.IO.Directory.Exists(path))
            return null;
        await CheckAsync(path, cancellationToken).ConfigureAwait(false);
        return new SandboxRoot(path);
    }

    /// <summary>The sandbox of that id, or null when the id is not one or there is no such directory.</summary>
    public SandboxDirectory? Find(string id) =>
        IsId(id) && System.IO.Directory.Exists(Path.Combine(_path, id)) ? new SandboxDirectory(Path.Combine(_path, id)) : null;

    /// <summary>All directories of sandboxes, alive or not.</summary>
    public IReadOnlyList<SandboxDirectory> All() =>
        [.. System.IO.Directory.EnumerateDirectories(_path)
            .Where(path => IsId(Path.GetFileName(path)))
            .Order(StringComparer.Ordinal)
            .Select(path => new SandboxDirectory(path))];

    /// <summary>Makes the directory of a new sandbox.</summary>
    public SandboxDirectory Add()
    {
        string path;
        do
            path = Path.Combine(_path, RandomNumberGenerator.GetHexString(8, lowercase: true));
        while (System.IO.Directory.Exists(path));

        System.IO.Directory.CreateDirectory(path);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, Mode);
        return new SandboxDirectory(path);
    }

    private static bool IsId(string name) => name.Length == 8 && name.All(char.IsAsciiHexDigitLower);

    private static string Locate(string? directory)
    {
        if (directory is not null)
            return Path.GetFullPath(directory);
        return OperatingSystem.IsWindows()
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "midst", "sandboxes")
            : string.Create(CultureInfo.InvariantCulture, $"/tmp/midst-{GetEffectiveUserId()}");
    }

    // POSIX fixes what `ls -ldn` prints: the type and mode, the number of links, the owner's number. .NET cannot tell the owner.
    private static async Task CheckAsync(string path, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
            return;
        string listed = await UnixShell.RunAsync("ls -ldn -- \"$1\"", [path], cancellationToken).ConfigureAwait(false);
        string[] fields = listed.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        bool ours = fields.Length > 3
            && fields[0].StartsWith('d')
            && fields[2] == GetEffectiveUserId().ToString(CultureInfo.InvariantCulture);
        if (!ours)
        {
            throw new BackupException(
                ErrorIds.SandboxFailed,
                $"{path} is not a directory of this account, and sandboxes are not put where somebody else is master.",
                guidance: $"Find out who made {path}, and remove it.", target: path);
        }
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();
}
