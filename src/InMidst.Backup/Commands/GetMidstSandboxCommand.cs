using System.Management.Automation;
using InMidst.Backup.Completion;
using InMidst.Backup.Postgres.Sandbox;

namespace InMidst.Backup.Commands;

/// <summary>Lists the sandbox servers of this account.</summary>
/// <remarks>
/// <para>Sandboxes of other processes of the account are listed as well; their passwords are known only to the process that made them.</para>
/// </remarks>
/// <example>
/// <summary>All sandboxes</summary>
/// <code run="true">
/// Get-MidstSandbox
/// </code>
/// <para>Nothing is written when there are none.</para>
/// </example>
/// <example>
/// <summary>Remove all of them</summary>
/// <code>
/// Get-MidstSandbox | Remove-MidstSandbox
/// </code>
/// <para>Those of other processes are removed as well.</para>
/// </example>
/// <seealso cref="NewMidstSandboxCommand"/>
[Cmdlet(VerbsCommon.Get, "MidstSandbox")]
[OutputType(typeof(MidstSandbox))]
public sealed class GetMidstSandboxCommand : MidstCmdlet
{
    /// <summary>Ids of the sandboxes to list.</summary>
    /// <value>all</value>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SandboxIdCompleter))]
    public string[]? Id { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (SandboxInfo info in await SandboxServer.ListAsync(rootDirectory: null, cancellationToken).ConfigureAwait(false))
        {
            if (Id is null || NamePatterns.Matches(Id, info.Id))
                await WriteObjectAsync(SandboxOutput.Make(info), cancellationToken).ConfigureAwait(false);
        }
    }
}
