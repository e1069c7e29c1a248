using System.Management.Automation;

namespace InMidst.Backup;

/// <summary>A throwaway PostgreSQL. It pipes into every cmdlet that reads a source.</summary>
public sealed class MidstSandbox
{
    /// <summary>Name of the sandbox.</summary>
    public string Id { get; init; } = "";

    /// <summary>Directory of its Unix socket, or 127.0.0.1.</summary>
    public string HostName { get; init; } = "";

    /// <summary>Port.</summary>
    public int Port { get; init; }

    /// <summary>The superuser.</summary>
    public string UserName { get; init; } = "";

    /// <summary>The superuser with the password; null for sandboxes of other processes.</summary>
    public PSCredential? Credential { get; init; }

    /// <summary>The database to work with.</summary>
    public string Database { get; init; } = "";

    /// <summary>Version of PostgreSQL.</summary>
    public string Version { get; init; } = "";

    /// <summary>Where its files lie.</summary>
    public string Directory { get; init; } = "";

    /// <summary>Process of the server.</summary>
    public int ProcessId { get; init; }

    /// <summary>Process whose end ends the sandbox.</summary>
    public int OwnerProcessId { get; init; }

    /// <summary>When it was started, in local time.</summary>
    public DateTime Started { get; init; }

    /// <summary>The id.</summary>
    public override string ToString() => Id;
}
