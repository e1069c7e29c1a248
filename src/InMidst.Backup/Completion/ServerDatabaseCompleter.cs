using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Databases;

namespace InMidst.Backup.Completion;

/// <summary>Completes the databases of the server that the other parameters and the PG* variables name.</summary>
internal sealed class ServerDatabaseCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        if (new BoundParameters(fakeBoundParameters).FindServer() is not { } address)
            return [];
        return TabCompletion.Match(wordToComplete, TabCompletion.Ask(token => ReadAsync(address, token)));
    }

    private static async Task<IReadOnlyList<(string Value, string Tip)>> ReadAsync(ServerAddress address, CancellationToken cancellationToken)
    {
        (_, IReadOnlyList<DatabaseInfo> databases) = await DatabaseList.ReadAsync(address, cancellationToken).ConfigureAwait(false);
        return [.. databases.Select(d => (d.Name, d.Size is { } size ? $"{d.Name}, {ByteSize.Format(size)}, owner {d.Owner}" : $"{d.Name}, owner {d.Owner}"))];
    }
}
