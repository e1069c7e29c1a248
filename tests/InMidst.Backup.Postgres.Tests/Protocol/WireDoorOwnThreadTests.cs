namespace InMidst.Backup.Postgres.Tests.Protocol;

/// <summary>With calls that wait in the system.</summary>
public sealed class WireDoorOwnThreadTests() : WireDoorTests(hasOwnThread: true);
