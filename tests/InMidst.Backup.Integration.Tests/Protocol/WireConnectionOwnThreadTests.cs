using InMidst.Backup.Integration.Tests.Fixtures;

namespace InMidst.Backup.Integration.Tests.Protocol;

/// <summary>With calls that wait in the system.</summary>
public sealed class WireConnectionOwnThreadTests(PostgresFixture fixture) : WireConnectionTests(fixture, hasOwnThread: true);
