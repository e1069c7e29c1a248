using InMidst.Backup.Integration.Tests.Fixtures;

namespace InMidst.Backup.Integration.Tests.Protocol;

/// <summary>With calls that are awaited.</summary>
public sealed class WireConnectionAsynchronousTests(PostgresFixture fixture) : WireConnectionTests(fixture, hasOwnThread: false);
