using System.Globalization;
using System.Management.Automation.Host;

namespace InMidst.Backup.Shell.Hosting;

/// <summary>The host PowerShell talks to.</summary>
internal sealed class ShellHost(ShellUserInterface userInterface) : PSHost
{
    /// <inheritdoc/>
    public override string Name => "midst";

    /// <inheritdoc/>
    public override Version Version { get; } = typeof(ShellHost).Assembly.GetName().Version ?? new Version(0, 0);

    /// <inheritdoc/>
    public override Guid InstanceId { get; } = Guid.NewGuid();

    /// <inheritdoc/>
    public override PSHostUserInterface UI => userInterface;

    /// <inheritdoc/>
    public override CultureInfo CurrentCulture { get; } = CultureInfo.CurrentCulture;

    /// <inheritdoc/>
    public override CultureInfo CurrentUICulture { get; } = CultureInfo.CurrentUICulture;

    /// <summary>The number a script exited with, or null.</summary>
    internal int? ExitCode { get; private set; }

    /// <inheritdoc/>
    public override void SetShouldExit(int exitCode) => ExitCode = exitCode;

    /// <summary>Takes an unfinished progress line off the screen.</summary>
    internal void ClearProgress() => userInterface.ClearProgress();

    /// <summary>From now on nothing goes to standard output any more.</summary>
    internal void SendOutputToError() => userInterface.SendOutputToError();

    /// <inheritdoc/>
    public override void NotifyBeginApplication() => userInterface.ClearProgress();

    /// <inheritdoc/>
    public override void NotifyEndApplication()
    {
        // A native command leaves nothing behind that we would have to restore.
    }

    /// <inheritdoc/>
    public override void EnterNestedPrompt() => throw NoPrompt();

    /// <inheritdoc/>
    public override void ExitNestedPrompt() => throw NoPrompt();

    private static NotSupportedException NoPrompt() => new("midst runs scripts and commands; it has no interactive prompt.");
}
