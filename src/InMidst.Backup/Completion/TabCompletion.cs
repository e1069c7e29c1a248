using System.Management.Automation;
using System.Management.Automation.Language;

namespace InMidst.Backup.Completion;

/// <summary>What all completers share: matching what was typed so far, quoting, and a deadline. A completer never reports anything.</summary>
internal static class TabCompletion
{
    // Longer than this a prompt feels dead; a local server and a directory answer in a fraction of it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Those of the values that begin with what was typed, quoted where PowerShell needs it.</summary>
    /// <param name="wordToComplete">What was typed so far, perhaps with an opening quote.</param>
    /// <param name="values">The values, with a line each that says more.</param>
    public static IEnumerable<CompletionResult> Match(string wordToComplete, IEnumerable<(string Value, string Tip)> values)
    {
        string typed = wordToComplete.Trim('\'', '"');
        return values
            .Where(v => v.Value.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .Select(v => new CompletionResult(Quote(v.Value), v.Value, CompletionResultType.ParameterValue, v.Tip));
    }

    /// <summary>Runs work off the pipeline thread; when it fails or is not done in time there is nothing to offer.</summary>
    public static IReadOnlyList<T> Ask<T>(Func<CancellationToken, Task<IReadOnlyList<T>>> work) => AskAll([work], static (asked, token) => asked(token));

    /// <summary>Asks several at once, off the pipeline thread; those that fail or do not answer in time have nothing to offer.</summary>
    public static IReadOnlyList<T> AskAll<TAsked, T>(
        IReadOnlyCollection<TAsked> asked, Func<TAsked, CancellationToken, Task<IReadOnlyList<T>>> work)
    {
        using var deadline = new CancellationTokenSource(Patience);
        CancellationToken cancellationToken = deadline.Token;
        Task<IReadOnlyList<T>>[] answers = [.. asked.Select(one => AnswerAsync(one))];
        return [.. Task.WhenAll(answers).GetAwaiter().GetResult().SelectMany(answer => answer)];

        async Task<IReadOnlyList<T>> AnswerAsync(TAsked one)
        {
            try
            {
                return await Task.Run(() => work(one, cancellationToken), cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is Core.Errors.BackupException or OperationCanceledException)
            {
                return [];
            }
        }
    }

    /// <summary>As one argument: bare where PowerShell reads it as it stands, else in single quotes.</summary>
    private static string Quote(string value)
    {
        Parser.ParseInput("x " + value, out Token[] tokens, out ParseError[] errors);
        bool bare = errors.Length == 0 && tokens.Length == 3
            && tokens[1].Kind is (TokenKind.Generic or TokenKind.Identifier)
            && tokens[1] is not StringExpandableToken
            && (tokens[1] is StringToken text ? text.Value : tokens[1].Text) == value;
        return bare ? value : "'" + CodeGeneration.EscapeSingleQuotedStringContent(value) + "'";
    }
}
