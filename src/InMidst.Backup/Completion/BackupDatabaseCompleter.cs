using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace InMidst.Backup.Completion;

/// <summary>Completes the databases that have backups in the repositories.</summary>
internal sealed class BackupDatabaseCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        TabCompletion.Match(wordToComplete, new BoundParameters(fakeBoundParameters).FindBackups()
            .Where(b => b.Database is not null)
            .GroupBy(b => b.Database!, StringComparer.Ordinal)
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => (g.Key, $"{g.Key}, last {BackupIdCompleter.TimeOf(g.Last())}")));
}
