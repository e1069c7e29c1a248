using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace InMidst.Backup.Core.Processes;

/// <summary>
/// A program we started and are answerable for: it has ended when <see cref="DisposeAsync"/> returns, whatever happened.
/// Arguments reach it as they are (no shell), and no value of its environment ever appears in a message.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const int OutputLimit = 64 * 1024;

    // A grandchild may hold the pipe open for ever; what it writes after the child's end is not waited for.
    private static readonly TimeSpan ErrorGrace = TimeSpan.FromSeconds(2);

    private readonly Process _process;
    private readonly OutputTail _errors = new();
    private readonly Task _errorPump;
    private bool _disposed;

    private ChildProcess(Process process)
    {
        _process = process;
        ProcessId = process.Id;
        StandardOutput = process.StandardOutput.BaseStream;
        StandardInput = process.StandardInput.BaseStream;
        _errorPump = _errors.PumpAsync(process.StandardError.BaseStream);
    }

    /// <summary>The operating system's number of the process.</summary>
    public int ProcessId { get; }

    /// <summary>What the program writes, byte for byte. Somebody has to read it: a full pipe stops the program.</summary>
    public Stream StandardOutput { get; }

    /// <summary>The program's input; closed already unless <see cref="ChildProcessOptions.KeepStandardInput"/> was set.</summary>
    public Stream StandardInput { get; }

    /// <summary>Whether the process has ended.</summary>
    public bool HasExited => _disposed || _process.HasExited;

    /// <summary>The handle of the process, for a Windows job object.</summary>
    public nint Handle => _process.Handle;

    /// <summary>Starts the program.</summary>
    /// <exception cref="Win32Exception">It does not exist, may not be run, or the account is unknown.</exception>
    public static ChildProcess Start(ChildProcessOptions options)
    {
        var start = new ProcessStartInfo(options.FileName)
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in options.Arguments)
            start.ArgumentList.Add(argument);
        if (options.WorkingDirectory is not null)
            start.WorkingDirectory = options.WorkingDirectory;
        if (options.UserName is not null)
            start.UserName = OperatingSystem.IsWindows()
                ? throw new PlatformNotSupportedException("A child process cannot be given another account on Windows.")
                : options.UserName;
        SetEnvironment(start, options);

        var child = new ChildProcess(Process.Start(start) ?? throw new InvalidOperationException($"{options.FileName} was not started."));
        if (!options.KeepStandardInput)
            child.StandardInput.Dispose();
        return child;
    }

    /// <summary>Runs a short-lived program to its end. Cancelling or passing the time limit kills it.</summary>
    /// <param name="options">What to run.</param>
    /// <param name="timeLimit">How long it may take, or <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    /// <param name="cancellationToken">Kills the program.</param>
    /// <exception cref="TimeoutException">It took longer than the limit.</exception>
    /// <exception cref="Win32Exception">It could not be started.</exception>
    public static Task<ChildOutput> RunAsync(ChildProcessOptions options, TimeSpan timeLimit, CancellationToken cancellationToken) =>
        RunAsync(options, timeLimit, _ => Task.CompletedTask, cancellationToken);

    /// <summary>Runs a short-lived program to its end, as the other overload does.</summary>
    /// <param name="options">What to run.</param>
    /// <param name="timeLimit">How long it may take, or <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    /// <param name="started">Called once it runs: writes its input, where that was kept open, and closes it.</param>
    /// <param name="cancellationToken">Kills the program.</param>
    /// <exception cref="TimeoutException">It took longer than the limit.</exception>
    /// <exception cref="Win32Exception">It could not be started.</exception>
    public static async Task<ChildOutput> RunAsync(
        ChildProcessOptions options, TimeSpan timeLimit, Func<ChildProcess, Task> started, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeLimit);
        var child = Start(options);
        await using (child.ConfigureAwait(false))
        {
            try
            {
                Task<string> output = child.ReadOutputAsync(limit.Token);
                await started(child).ConfigureAwait(false);
                ChildExit exit = await child.WaitForExitAsync(limit.Token).ConfigureAwait(false);
                await Task.WhenAny(output, Task.Delay(ErrorGrace, CancellationToken.None)).ConfigureAwait(false);
                return new ChildOutput(exit.Code, output.IsCompletedSuccessfully ? output.Result : "", exit.StandardErrorTail);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"{options.FileName} did not end within {timeLimit.TotalSeconds:0} seconds.");
            }
        }
    }

    /// <summary>Waits for the end. When cancelled, the process and its children are killed and awaited first.</summary>
    public async Task<ChildExit> WaitForExitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await KillAsync().ConfigureAwait(false);
            throw;
        }
        await Task.WhenAny(_errorPump, Task.Delay(ErrorGrace, CancellationToken.None)).ConfigureAwait(false);
        return new ChildExit(_process.ExitCode, _errors.ToString());
    }

    /// <summary>Kills the process with everything it started, and waits until it is gone. Harmless when it has ended.</summary>
    public async Task KillAsync()
    {
        try
        {
            if (!_process.HasExited)
                _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (_process.HasExited && e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended by itself while we were reaching for it.
        }
        await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Kills the process if it still runs, and waits for its end.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        await KillAsync().ConfigureAwait(false);
        _disposed = true;
        _process.Dispose();
    }

    private static void SetEnvironment(ProcessStartInfo start, ChildProcessOptions options)
    {
        StringComparison comparison = OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        string[] removed = [.. start.Environment.Keys.Where(
            name => options.RemoveEnvironmentPrefix.Any(prefix => name.StartsWith(prefix, comparison)))];
        foreach (string name in removed)
            start.Environment.Remove(name);
        foreach ((string name, string? value) in options.Environment)
        {
            if (value is null)
                start.Environment.Remove(name);
            else
                start.Environment[name] = value;
        }
    }

    private async Task<string> ReadOutputAsync(CancellationToken cancellationToken)
    {
        using var kept = new MemoryStream();
        byte[] buffer = new byte[4096];
        int read;
        while ((read = await StandardOutput.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            kept.Write(buffer, 0, (int)Math.Min(read, OutputLimit - kept.Length));
        return Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length);
    }
}
