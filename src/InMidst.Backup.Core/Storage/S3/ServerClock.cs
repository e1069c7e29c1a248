using System.Globalization;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>What the server's answers tell of its clock: how far ours is from it, and that it answers at all.</summary>
internal sealed class ServerClock(TimeProvider clock, string server, Action<string> warn)
{
    // Far below the 15 minutes that servers take, far above what a busy machine makes of a second.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(30);

    private int _warned;
    private long _offset;

    /// <summary>Whether any answer has come.</summary>
    internal bool HasAnswered { get; private set; }

    /// <summary>By how much our clock is ahead of the server's; negative when it is behind.</summary>
    internal TimeSpan Ahead => new(Interlocked.Read(ref _offset));

    /// <summary>By how much, in words.</summary>
    internal string Difference
    {
        get
        {
            string seconds = Math.Abs(Ahead.TotalSeconds).ToString("0", CultureInfo.InvariantCulture);
            return $"{seconds} seconds {(Ahead < TimeSpan.Zero ? "behind" : "ahead of")}";
        }
    }

    /// <summary>Takes note of an answer.</summary>
    /// <param name="sent">Our time when the request was sent.</param>
    /// <param name="date">The answer's date, made at some moment until now.</param>
    internal void Observe(DateTimeOffset sent, DateTimeOffset? date)
    {
        HasAnswered = true;
        if (date is not { } theirs)
            return;
        DateTimeOffset now = clock.GetUtcNow();
        TimeSpan ahead = theirs < sent ? sent - theirs : theirs > now ? now - theirs : TimeSpan.Zero;
        Interlocked.Exchange(ref _offset, ahead.Ticks);
        if (ahead.Duration() > Tolerance && Interlocked.Exchange(ref _warned, 1) == 0)
        {
            warn($"The clock of this machine is {Difference} that of {server}. "
                + "Beyond 15 minutes requests are refused, and times of backups of several machines cannot be compared.");
        }
    }
}
