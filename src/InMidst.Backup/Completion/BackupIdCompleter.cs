using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using InMidst.Backup.Core.Repositories;

namespace InMidst.Backup.Completion;

/// <summary>Completes the ids of the backups in the repositories, newest first.</summary>
internal sealed class BackupIdCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        return TabCompletion.Match(wordToComplete, new BoundParameters(fakeBoundParameters).FindBackups()
            .Reverse().DistinctBy(b => b.Id).Select(b => (b.Id, $"{TimeOf(b)}, {ByteSize.Format(b.Length)}")));
    }

    /// <summary>When a backup began, as the tables show it.</summary>
    internal static string TimeOf(BackupRecord backup) => backup.Started.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
