namespace InMidst.Backup.Core.Errors;

/// <summary>What sort of failure an <see cref="ErrorId"/> names. The cmdlets turn it into PowerShell's error category.</summary>
public enum ErrorKind
{
    /// <summary>The server or storage could not be reached, or the connection was lost.</summary>
    Connection,

    /// <summary>The password, certificate or key was refused.</summary>
    Authentication,

    /// <summary>The account is known but may not do this.</summary>
    Permission,

    /// <summary>What was named does not exist.</summary>
    NotFound,

    /// <summary>What was to be made exists already.</summary>
    AlreadyExists,

    /// <summary>Something else is using it.</summary>
    Busy,

    /// <summary>What was read is damaged, incomplete or not what it claims to be.</summary>
    InvalidData,

    /// <summary>What the user typed cannot be used.</summary>
    InvalidArgument,

    /// <summary>Disk full, too many connections, memory.</summary>
    Resource,

    /// <summary>A program or server version that is needed is not installed.</summary>
    NotInstalled,

    /// <summary>It is there, but this version or platform cannot do it.</summary>
    NotSupported,

    /// <summary>A defect of ours.</summary>
    Internal,

    /// <summary>It was stopped before its end.</summary>
    Stopped,
}
