using System.Globalization;
using System.Management.Automation;

namespace InMidst.Backup.Shell.Hosting;

/// <summary>
/// Shows the newest of the activities under way on one line, redrawn in place, at most ten times a second.
/// </summary>
internal sealed class ProgressLine(TextWriter screen, TimeProvider clock)
{
    private const int BarCells = 20;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private readonly List<(long Source, ProgressRecord Record)> _active = [];
    private long _drawnAt;
    private bool _isDrawn;

    /// <summary>Takes a report and draws it if it is time to. A completed activity makes room for the one around it.</summary>
    internal void Show(long source, ProgressRecord record, int width)
    {
        _active.RemoveAll(known => known.Source == source && known.Record.ActivityId == record.ActivityId);
        if (record.RecordType == ProgressRecordType.Completed)
        {
            if (_active.Count == 0)
                Clear();
            return;
        }

        _active.Add((source, record));
        if (_drawnAt != 0 && clock.GetElapsedTime(_drawnAt) < Interval)
            return;
        _drawnAt = clock.GetTimestamp();
        Draw(Text(record, width - 1));
    }

    /// <summary>Takes the line off the screen; the next report draws it again.</summary>
    internal void Clear()
    {
        if (!_isDrawn)
            return;
        screen.Write("\r\u001b[K");
        screen.Flush();
        _isDrawn = false;
    }

    /// <summary>The report as one line of at most <paramref name="width"/> columns.</summary>
    internal static string Text(ProgressRecord record, int width)
    {
        var parts = new List<string> { record.Activity };
        if (record.PercentComplete is >= 0 and <= 100 and int percent)
            parts.Add(Bar(percent));
        parts.Add(record.StatusDescription);
        if (!string.IsNullOrEmpty(record.CurrentOperation))
            parts.Add(record.CurrentOperation);
        if (record.SecondsRemaining >= 0)
            parts.Add(TimeSpan.FromSeconds(record.SecondsRemaining).ToString("c", CultureInfo.InvariantCulture) + " left");
        string line = string.Join("  ", parts).ReplaceLineEndings(" ");
        return line.Length <= width ? line : line[..Math.Max(0, width)];
    }

    private void Draw(string line)
    {
        screen.Write("\r" + line + "\u001b[K");
        screen.Flush();
        _isDrawn = true;
    }

    private static string Bar(int percent)
    {
        int full = percent * BarCells / 100;
        return $"[{new string('#', full)}{new string('.', BarCells - full)}] {percent,3}%";
    }
}
