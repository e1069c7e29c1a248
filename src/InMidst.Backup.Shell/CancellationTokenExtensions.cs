using System.Management.Automation;

namespace InMidst.Backup.Shell;

/// <summary>Cancellation in PowerShell's terms.</summary>
internal static class CancellationTokenExtensions
{
    /// <summary>Throws what PowerShell throws when a pipeline is stopped.</summary>
    /// <exception cref="PipelineStoppedException">The token is cancelled.</exception>
    internal static void ThrowIfStopped(this CancellationToken token)
    {
        if (token.IsCancellationRequested)
            throw new PipelineStoppedException();
    }
}
