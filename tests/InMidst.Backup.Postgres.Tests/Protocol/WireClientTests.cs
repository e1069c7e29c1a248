using InMidst.Backup.Postgres.Copy;
using InMidst.Backup.Postgres.Protocol;

namespace InMidst.Backup.Postgres.Tests.Protocol;

/// <summary>The wire client in one of its ways of waiting, against a server that a test plays.</summary>
/// <param name="hasOwnThread">Whether every call waits in the system.</param>
public abstract class WireClientTests(bool hasOwnThread)
{
    private protected static readonly byte[] Data = FakeServer.Message('d', "one\n");

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected WireOptions Options => new() { HasOwnThread = hasOwnThread };

    /// <summary>Uses the client as its way of waiting asks for.</summary>
    private protected Task DoAsync(Func<Task> work) => DoAsync(async () =>
    {
        await work();
        return true;
    });

    private protected Task<T> DoAsync<T>(Func<Task<T>> work) => hasOwnThread ? DedicatedThread.RunAsync(() => DedicatedThread.Wait(work())) : work();

    private protected Task<WireConnection> OpenAsync(FakeServer server) => WireConnection.OpenAsync(server.Address, "db", Options, Token);
}
