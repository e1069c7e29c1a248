using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using InMidst.Backup.Postgres.Sandbox;

namespace InMidst.Backup.Completion;

/// <summary>Completes the ids of this account's sandboxes.</summary>
internal sealed class SandboxIdCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        IReadOnlyList<SandboxInfo> sandboxes = TabCompletion.Ask(token => SandboxServer.ListAsync(rootDirectory: null, token));
        return TabCompletion.Match(wordToComplete, sandboxes.Select(s => (s.Id, $"PostgreSQL {s.Version}, of process {s.OwnerProcessId}")));
    }
}
