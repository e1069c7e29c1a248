using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using InMidst.Backup.Core.Repositories;

namespace InMidst.Backup.Completion;

/// <summary>Completes the databases that have backups in the repository.</summary>
internal sealed class BackupDatabaseCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        if (new BoundParameters(fakeBoundParameters).FindRepository() is not { } repository)
            return [];
        IReadOnlyList<BackupRecord> backups = TabCompletion.Ask<BackupRecord>(async token => await repository.ListAsync(token).ToListAsync(token).ConfigureAwait(false));
        return TabCompletion.Match(wordToComplete, backups.Where(b => b.Database is not null)
            .GroupBy(b => b.Database!, StringComparer.Ordinal)
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => (g.Key, $"{g.Key}, last {BackupIdCompleter.TimeOf(g.Last())}")));
    }
}
