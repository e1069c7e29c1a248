using System.Management.Automation;

namespace InMidst.Backup;

/// <summary>A database of a server. It carries how the server was reached, so that it pipes into Backup-MidstDatabase.</summary>
public sealed class MidstDatabase
{
    /// <summary>Name.</summary>
    public string Database { get; init; } = "";

    /// <summary>Bytes on the server's disk; null where the role may not ask.</summary>
    public long? Size { get; init; }

    /// <summary>Owner.</summary>
    public string Owner { get; init; } = "";

    /// <summary>Encoding.</summary>
    public string Encoding { get; init; } = "";

    /// <summary>Collation.</summary>
    public string Collation { get; init; } = "";

    /// <summary>When its newest backup in the repository began, in local time; null when there is none.</summary>
    public DateTime? LastBackup { get; init; }

    /// <summary>The server's version.</summary>
    public string ServerVersion { get; init; } = "";

    /// <summary>The server's host.</summary>
    public string HostName { get; init; } = "";

    /// <summary>The server's port.</summary>
    public int Port { get; init; }

    /// <summary>The role.</summary>
    public string UserName { get; init; } = "";

    /// <summary>Role and password, where a password was given; null where a password file or a certificate serves.</summary>
    public PSCredential? Credential { get; init; }

    /// <summary>How TLS is used.</summary>
    public MidstSslMode SslMode { get; init; }

    /// <summary>Root certificate file; null for none.</summary>
    public string? SslRootCertificate { get; init; }

    /// <summary>Client certificate file; null for none.</summary>
    public string? SslCertificate { get; init; }

    /// <summary>Client key file; null for none.</summary>
    public string? SslKey { get; init; }

    /// <summary>The name.</summary>
    public override string ToString() => Database;
}
