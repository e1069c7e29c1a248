using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Postgres.Sandbox;

/// <summary>How to reach a sandbox.</summary>
public static class SandboxAddress
{
    /// <summary>The address of its maintenance database.</summary>
    public static ServerAddress Of(SandboxServer server) => new()
    {
        Host = server.HostName,
        Port = server.Port,
        UserName = server.UserName,
        Password = server.Password,
        Database = server.Database,
        SslMode = PostgresSslMode.Disable,
    };
}
