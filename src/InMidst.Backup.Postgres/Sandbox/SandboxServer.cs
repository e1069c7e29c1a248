using System.Collections.Concurrent;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Postgres.Sandbox;

/// <summary>
/// A PostgreSQL server of our own, made from the programs installed on this machine, with nothing in it. It demands a random
/// password (scram-sha-256) and listens on a Unix socket in a directory that only its account enters, or where that cannot be,
/// on 127.0.0.1. It lives until it is disposed or removed, or until the process that made it ends in any way; then the server
/// is stopped and its directory deleted. Whoever made it need not hold on to this object.
/// </summary>
public sealed class SandboxServer : IAsyncDisposable
{
    // Keeps the pipes to the keepers out of the garbage collector's reach: closed, they end the sandbox.
    private static readonly ConcurrentDictionary<string, SandboxServer> Live = new(StringComparer.Ordinal);

    private readonly SandboxDirectory _directory;
    private readonly SandboxRecord _record;
    private readonly SandboxKeeper _keeper;
    private readonly Lazy<Task> _removal;

    internal SandboxServer(SandboxDirectory directory, SandboxRecord record, string password, int processId, SandboxKeeper keeper)
    {
        (_directory, _record, _keeper) = (directory, record, keeper);
        (Password, ProcessId) = (password, processId);
        _removal = new Lazy<Task>(EndAsync);
        Live[_directory.Path] = this;
    }

    /// <summary>Eight hexadecimal digits.</summary>
    public string Id => _record.Id;

    /// <summary>The directory of its Unix socket, or 127.0.0.1: what a client takes as host.</summary>
    public string HostName => _record.HostName;

    /// <summary>Its port; for a Unix socket the number in the socket's name.</summary>
    public int Port => _record.Port;

    /// <summary>Its superuser, "postgres".</summary>
    public string UserName => _record.UserName;

    /// <summary>The superuser's password: 32 letters and digits. It is kept nowhere else.</summary>
    public string Password { get; }

    /// <summary>The database to connect to, "postgres".</summary>
    public string Database => _record.Database;

    /// <summary>The server's version: "15.18".</summary>
    public string Version => _record.Version;

    /// <summary>The server's major version.</summary>
    public int Major => _record.Major;

    /// <summary>The directory of everything that belongs to it.</summary>
    public string Directory => _directory.Path;

    /// <summary>The cluster's data directory.</summary>
    public string DataDirectory => _directory.Data;

    /// <summary>The number of the server's main process.</summary>
    public int ProcessId { get; }

    /// <summary>The process that made it: this one.</summary>
    public int OwnerProcessId => _record.Owner.Id;

    /// <summary>When it was made.</summary>
    public DateTimeOffset Started => _record.Started;

    /// <summary>
    /// Makes a cluster, starts it, and returns when it answers. First it removes what sandboxes of this user have left behind
    /// whose processes were all killed. A failure or cancellation leaves nothing behind.
    /// </summary>
    /// <param name="options">What to make.</param>
    /// <param name="progress">Told in words what is being done.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="BackupException">
    /// <see cref="ErrorIds.ServerBinariesNotFound"/>; <see cref="ErrorIds.InvalidArgument"/> for an account or setting that is
    /// refused; <see cref="ErrorIds.SandboxFailed"/> with the program's message or the end of the server's log.
    /// </exception>
    public static Task<SandboxServer> StartAsync(
        SandboxOptions options, IProgress<string>? progress, CancellationToken cancellationToken) =>
        SandboxLaunch.RunAsync(options, progress, cancellationToken);

    /// <summary>The running sandboxes of this user, whichever process made them.</summary>
    /// <param name="rootDirectory">As in <see cref="SandboxOptions.RootDirectory"/>.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public static async Task<IReadOnlyList<SandboxInfo>> ListAsync(string? rootDirectory, CancellationToken cancellationToken)
    {
        SandboxRoot? root = await SandboxRoot.FindAsync(rootDirectory, cancellationToken).ConfigureAwait(false);
        return root is null ? [] : SandboxRegistry.List(root);
    }

    /// <summary>Stops a sandbox of this user, whichever process made it, and deletes its directory.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="rootDirectory">As in <see cref="SandboxOptions.RootDirectory"/>.</param>
    /// <param name="cancellationToken">Ends the work; what is not done yet is done when the owner ends.</param>
    /// <returns>False when there is no such sandbox.</returns>
    public static async Task<bool> RemoveAsync(string id, string? rootDirectory, CancellationToken cancellationToken)
    {
        SandboxRoot? root = await SandboxRoot.FindAsync(rootDirectory, cancellationToken).ConfigureAwait(false);
        if (root?.Find(id) is not { } directory)
            return false;
        if (!Live.TryGetValue(directory.Path, out SandboxServer? ours))
            return await SandboxRegistry.RemoveAsync(root, id, cancellationToken).ConfigureAwait(false);
        await ours.DisposeAsync().ConfigureAwait(false);
        return true;
    }

    /// <summary>Removes what is left of sandboxes of this user whose owner and keepers were all killed.</summary>
    /// <param name="rootDirectory">As in <see cref="SandboxOptions.RootDirectory"/>.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>How many were removed.</returns>
    public static async Task<int> RemoveStaleAsync(string? rootDirectory, CancellationToken cancellationToken)
    {
        SandboxRoot? root = await SandboxRoot.FindAsync(rootDirectory, cancellationToken).ConfigureAwait(false);
        return root is null ? 0 : await SandboxRegistry.RemoveStaleAsync(root, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops the server and deletes its directory. Doing it again, or after somebody else did it, is harmless.</summary>
    public async ValueTask DisposeAsync() => await _removal.Value.ConfigureAwait(false);

    /// <summary>Names the server, without the password.</summary>
    public override string ToString() => $"sandbox {Id} (PostgreSQL {Version} at {HostName}, port {Port})";

    private async Task EndAsync()
    {
        Live.TryRemove(_directory.Path, out _);
        await _keeper.ReleaseAsync(orderly: true).ConfigureAwait(false);
        // The keepers were killed before they could, or the platform has none.
        if (System.IO.Directory.Exists(_directory.Path))
            await SandboxRegistry.RemoveAsync(_directory, _record, CancellationToken.None).ConfigureAwait(false);
    }
}
