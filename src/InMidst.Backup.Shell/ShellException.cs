namespace InMidst.Backup.Shell;

/// <summary><c>midst</c> itself cannot do what it was asked; the message is shown as it is.</summary>
internal sealed class ShellException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What is wrong and what to do about it.</param>
    /// <param name="exitCode">The exit code of the process.</param>
    internal ShellException(string message, int exitCode = ExitCodes.Failure)
        : base(message) => ExitCode = exitCode;

    /// <summary>The exit code of the process.</summary>
    internal int ExitCode { get; }
}
