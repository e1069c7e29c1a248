namespace InMidst.Backup.Postgres.Sandbox;

/// <summary>How to make a sandbox server.</summary>
public sealed class SandboxOptions
{
    /// <summary>Where the server programs are; null or empty for the usual places.</summary>
    public IReadOnlyList<string>? BinDirectories { get; init; }

    /// <summary>The lowest installed major version at or above this one is used; null uses the newest.</summary>
    public int? MinimumMajor { get; init; }

    /// <summary>
    /// The account the server runs as when we are root; null means "nobody". It should own nothing else, because a
    /// superuser of the sandbox acts with its rights. "postgres", which owns Debian's real clusters, is refused, and so is
    /// root. When we are not root only our own account can be named.
    /// </summary>
    public string? RunAs { get; init; }

    /// <summary>The locale of the cluster, as initdb takes it.</summary>
    public string Locale { get; init; } = "C";

    /// <summary>The encoding of the cluster, as initdb takes it.</summary>
    public string Encoding { get; init; } = "UTF8";

    /// <summary>More settings for postgresql.conf; they win over ours.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// A server that only ever proves that a backup restores: nothing of an extension runs in the background, no
    /// subscription connects anywhere, write-ahead log at its least. Otherwise it can replicate logically.
    /// </summary>
    public bool ForProof { get; init; }

    /// <summary>
    /// The directory in which sandboxes get theirs. Null means <c>/tmp/midst-UID</c>, on Windows
    /// <c>%LOCALAPPDATA%\midst\sandboxes</c>. Long paths make a server that listens on 127.0.0.1 instead of a socket.
    /// </summary>
    public string? RootDirectory { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
