namespace InMidst.Backup.Shell.Hosting;

/// <summary>What the process is connected to. Asked once: redirection does not change while it runs.</summary>
internal sealed class Terminal
{
    private const int WidthOfFiles = 120;

    /// <summary>Standard error is a terminal: progress can be drawn there.</summary>
    internal bool CanDraw { get; } = !Console.IsErrorRedirected && !IsDumb;

    /// <summary>A user can be asked and can see the question.</summary>
    internal bool CanAsk { get; } = !Console.IsInputRedirected && !Console.IsErrorRedirected;

    /// <summary>Escape sequences may be written to standard output.</summary>
    internal bool OutputHasColor { get; } = !Console.IsOutputRedirected && !IsDumb && !IsColorRefused;

    /// <summary>Escape sequences may be written to standard error.</summary>
    internal bool ErrorHasColor { get; } = !Console.IsErrorRedirected && !IsDumb && !IsColorRefused;

    /// <summary>Columns of the output.</summary>
    internal static int Width => Console.IsOutputRedirected ? WidthOfFiles : WindowWidth;

    /// <summary>Columns of the window, whatever standard output is.</summary>
    internal static int WindowWidth => Console.WindowWidth is > 0 and int width ? width : WidthOfFiles;

    private static bool IsDumb => Environment.GetEnvironmentVariable("TERM") == "dumb";

    /// <summary>no-color.org: set to anything, it means no.</summary>
    private static bool IsColorRefused => Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };
}
