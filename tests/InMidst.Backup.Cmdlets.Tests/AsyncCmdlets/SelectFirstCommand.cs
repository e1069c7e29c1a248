using System.Management.Automation;
using System.Reflection;

namespace InMidst.Backup.Cmdlets.Tests.AsyncCmdlets;

/// <summary>
/// Does what Select-Object -First 1 does, which the hosted engine does not have: it ends the commands before it by
/// PowerShell's own exception, and StopProcessing is called on none of them.
/// </summary>
[Cmdlet(VerbsCommon.Select, "First")]
public sealed class SelectFirstCommand : PSCmdlet
{
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    protected override void ProcessRecord()
    {
        WriteObject(InputObject);
        Type type = typeof(PSCmdlet).Assembly.GetType("System.Management.Automation.StopUpstreamCommandsException", throwOnError: true)!;
        throw (Exception)Activator.CreateInstance(
            type, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, binder: null, args: [this], culture: null)!;
    }
}
