using System.Diagnostics;

namespace InMidst.Backup.Integration.Tests.Processes;

/// <summary>Asks again until something has become true, for what happens in another process and tells nobody.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static async Task TrueAsync(Func<bool> condition, string what)
    {
        var clock = Stopwatch.StartNew();
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!condition())
        {
            if (clock.Elapsed > Patience)
                Assert.Fail($"Waited {Patience}, and it is still not so that {what}.");
            await ticks.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
