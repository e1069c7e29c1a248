using System.Management.Automation;

namespace InMidst.Backup.Cmdlets.Tests.Hosting;

/// <summary>Everything one invocation said.</summary>
public sealed class PsResult
{
    public required IReadOnlyList<PSObject?> Output { get; init; }

    /// <summary>The errors the script went on after: non-terminating ones, and those that ended a statement only.</summary>
    public required IReadOnlyList<ErrorRecord> Errors { get; init; }

    /// <summary>The error that ended the script (throw, -ErrorAction Stop), or null.</summary>
    public required ErrorRecord? Failure { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    public required IReadOnlyList<string> Verbose { get; init; }

    public required IReadOnlyList<string> Debug { get; init; }

    public required IReadOnlyList<object> Information { get; init; }

    public required IReadOnlyList<ProgressRecord> Progress { get; init; }

    public required PSInvocationState State { get; init; }

    public required bool HadErrors { get; init; }

    /// <summary>The output without PowerShell's wrapping.</summary>
    public IReadOnlyList<object?> Values => [.. Output.Select(item => item?.BaseObject)];

    /// <summary>Fails the test when anything went wrong, naming it.</summary>
    public PsResult Successful()
    {
        Assert.Null(Failure?.ToString());
        Assert.Empty(Errors.Select(error => error.ToString()));
        Assert.Equal(PSInvocationState.Completed, State);
        return this;
    }
}
