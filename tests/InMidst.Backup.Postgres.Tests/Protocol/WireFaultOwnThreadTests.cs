using System.Text;
using InMidst.Backup.Postgres.Copy;
using InMidst.Backup.Postgres.Protocol;

namespace InMidst.Backup.Postgres.Tests.Protocol;

/// <summary>With calls that wait in the system.</summary>
public sealed class WireFaultOwnThreadTests() : WireFaultTests(hasOwnThread: true)
{
    [Fact]
    public async Task Every_call_is_done_when_it_returns()
    {
        await using var server = new FakeServer(async s =>
        {
            await s.GreetAsync();
            for (int round = 0; round < 2; round++)
            {
                await s.ReadAsync();
                await s.SendAsync(FakeServer.Message('H', 0, 0, 0), FakeServer.Message('d', "one\n"), FakeServer.Message('c'), FakeServer.Ready);
            }
        }) { PacketSize = 1 };
        CancellationToken token = TestContext.Current.CancellationToken;
        await using WireConnection connection = await WireConnection.OpenAsync(server.Address, "db", new WireOptions { HasOwnThread = true }, token);
        string read = await DedicatedThread.RunAsync(() =>
        {
            Task executing = connection.ExecuteAsync("COPY", token);
            Assert.True(executing.IsCompletedSuccessfully);
            Task<Stream> beginning = connection.BeginCopyOutAsync("COPY", token);
            Assert.True(beginning.IsCompletedSuccessfully);
            byte[] rows = new byte[100];
            int length = 0;
            while (true)
            {
                ValueTask<int> reading = beginning.Result.ReadAsync(rows.AsMemory(length), token);
                Assert.True(reading.IsCompletedSuccessfully);
                int part = DedicatedThread.Wait(reading);
                if (part == 0)
                    return Encoding.ASCII.GetString(rows, 0, length);
                length += part;
            }
        });
        Assert.Equal("one\n", read);
    }
}
