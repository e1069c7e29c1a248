namespace InMidst.Backup.Postgres.Sandbox;

/// <summary>A running sandbox, as far as any process of its user may know it: everything but the password.</summary>
public sealed record SandboxInfo
{
    /// <summary>Eight hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>The server's version: "15.18".</summary>
    public required string Version { get; init; }

    /// <summary>The directory of its Unix socket, or 127.0.0.1.</summary>
    public required string HostName { get; init; }

    /// <summary>Its port; for a Unix socket the number in the socket's name.</summary>
    public required int Port { get; init; }

    /// <summary>The database to connect to.</summary>
    public required string Database { get; init; }

    /// <summary>Its superuser.</summary>
    public required string UserName { get; init; }

    /// <summary>The directory that goes with it.</summary>
    public required string Directory { get; init; }

    /// <summary>The number of the server's main process.</summary>
    public required int ProcessId { get; init; }

    /// <summary>The process that made it; the sandbox ends with it.</summary>
    public required int OwnerProcessId { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Started { get; init; }
}
