using InMidst.Backup.Postgres.Sandbox;

namespace InMidst.Backup.Commands;

/// <summary>Makes output objects of sandboxes.</summary>
internal static class SandboxOutput
{
    public static MidstSandbox Make(SandboxServer server, string database) => new()
    {
        Id = server.Id,
        HostName = server.HostName,
        Port = server.Port,
        UserName = server.UserName,
        Credential = Credentials.Make(server.UserName, server.Password),
        Database = database,
        Version = server.Version,
        Directory = server.Directory,
        ProcessId = server.ProcessId,
        OwnerProcessId = server.OwnerProcessId,
        Started = server.Started.LocalDateTime,
    };

    /// <summary>One that this or another process of the user made; nobody but its maker knows the password.</summary>
    public static MidstSandbox Make(SandboxInfo info) => new()
    {
        Id = info.Id,
        HostName = info.HostName,
        Port = info.Port,
        UserName = info.UserName,
        Database = info.Database,
        Version = info.Version,
        Directory = info.Directory,
        ProcessId = info.ProcessId,
        OwnerProcessId = info.OwnerProcessId,
        Started = info.Started.LocalDateTime,
    };
}
