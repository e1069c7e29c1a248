using System.Diagnostics;

namespace InMidst.Backup.Integration.Tests.Processes;

/// <summary>Asks again until something has become true, for what happens in another process and tells nobody.</summary>
internal static class Eventually
{
    public static async Task TrueAsync(Func<bool> condition, string what)
    {
        var clock = Stopwatch.StartNew();
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!condition())
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(30))
                Assert.Fail($"Waited 30 seconds, and it is still not so that {what}.");
            await ticks.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
