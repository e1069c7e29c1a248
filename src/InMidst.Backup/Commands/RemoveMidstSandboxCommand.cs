using System.Management.Automation;
using InMidst.Backup.Completion;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Sandbox;

namespace InMidst.Backup.Commands;

/// <summary>Stops sandbox servers and deletes their files.</summary>
/// <remarks>
/// <para>Nothing else can be removed with it: only what <see cref="NewMidstSandboxCommand"/> made for this account.</para>
/// </remarks>
/// <example>
/// <summary>Remove a sandbox after use</summary>
/// <code run="true">
/// $sandbox = New-MidstSandbox
/// $sandbox | Remove-MidstSandbox
/// </code>
/// <para>The server is stopped at once and its directory deleted.</para>
/// </example>
/// <example>
/// <summary>Remove one by its id</summary>
/// <code>
/// Remove-MidstSandbox -Id 3f9a1c
/// </code>
/// <para>An id that is not there is an error.</para>
/// </example>
/// <seealso cref="NewMidstSandboxCommand"/>
[Cmdlet(VerbsCommon.Remove, "MidstSandbox", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(void))]
public sealed class RemoveMidstSandboxCommand : MidstCmdlet
{
    /// <summary>Ids of the sandboxes.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SandboxIdCompleter))]
    public string[]? Id { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (string id in Id!)
        {
            if (!await ShouldProcessAsync($"sandbox {id}", "Remove", cancellationToken).ConfigureAwait(false))
                continue;
            if (!await SandboxServer.RemoveAsync(id, rootDirectory: null, cancellationToken).ConfigureAwait(false))
            {
                var missing = new BackupException(ErrorIds.SandboxNotFound, $"There is no sandbox '{id}'.", target: id);
                await WriteErrorAsync(missing, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
