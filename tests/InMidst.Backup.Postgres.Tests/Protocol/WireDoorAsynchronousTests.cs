namespace InMidst.Backup.Postgres.Tests.Protocol;

/// <summary>With calls that are awaited.</summary>
public sealed class WireDoorAsynchronousTests() : WireDoorTests(hasOwnThread: false);
