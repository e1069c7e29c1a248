namespace InMidst.Backup.Integration.Tests.Protocol;

/// <summary>With calls that wait in the system.</summary>
[Collection(nameof(TlsServer))]
public sealed class WireLogInOwnThreadTests(TlsServer tls) : WireLogInTests(tls, hasOwnThread: true);
