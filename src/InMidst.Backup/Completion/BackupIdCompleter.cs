using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using InMidst.Backup.Core.Repositories;

namespace InMidst.Backup.Completion;

/// <summary>Completes the ids of the backups in the repository, newest first.</summary>
internal sealed class BackupIdCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        if (new BoundParameters(fakeBoundParameters).FindRepository() is not { } repository)
            return [];
        IReadOnlyList<BackupRecord> backups = TabCompletion.Ask<BackupRecord>(async token => await repository.ListAsync(token).ToListAsync(token).ConfigureAwait(false));
        return TabCompletion.Match(wordToComplete, backups.Reverse().Select(b => (b.Id, $"{TimeOf(b)}, {ByteSize.Format(b.Data.Length)}")));
    }

    /// <summary>When a backup began, as the tables show it.</summary>
    internal static string TimeOf(BackupRecord backup) => backup.Started.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
