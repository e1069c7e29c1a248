namespace InMidst.Backup.Integration.Tests.Protocol;

/// <summary>With calls that are awaited.</summary>
[Collection(nameof(TlsServer))]
public sealed class WireLogInAsynchronousTests(TlsServer tls) : WireLogInTests(tls, hasOwnThread: false);
