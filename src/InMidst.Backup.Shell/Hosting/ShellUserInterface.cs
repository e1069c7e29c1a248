using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Internal;
using System.Security;

namespace InMidst.Backup.Shell.Hosting;

/// <summary>
/// Output goes to standard output; errors, warnings, verbose and debug lines, progress and questions to standard error, so that
/// output can be piped on.
/// </summary>
internal sealed class ShellUserInterface : PSHostUserInterface
{
    private readonly Lock _gate = new();
    private readonly Terminal _terminal;
    private readonly ProgressLine _progress;
    private readonly Questions _questions;
    private bool _outputIsError;

    /// <summary>Makes the user interface.</summary>
    /// <param name="terminal">What the process is connected to.</param>
    /// <param name="mayAsk">The user can be asked; otherwise every question is an error.</param>
    /// <param name="interrupted">Ends a wait for an answer.</param>
    internal ShellUserInterface(Terminal terminal, bool mayAsk, CancellationToken interrupted)
    {
        _terminal = terminal;
        _progress = new ProgressLine(terminal.CanDraw ? Console.Error : TextWriter.Null, TimeProvider.System);
        _questions = new Questions(this, mayAsk, interrupted);
    }

    /// <inheritdoc/>
    public override PSHostRawUserInterface RawUI { get; } = new ShellRawUserInterface();

    /// <inheritdoc/>
    public override bool SupportsVirtualTerminal => _terminal.OutputHasColor;

    /// <inheritdoc/>
    public override void Write(string value)
    {
        if (_outputIsError)
            PrintError(value);
        else
            Print(Console.Out, Undecorated(value, _terminal.OutputHasColor));
    }

    /// <inheritdoc/>
    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Write(value);

    /// <inheritdoc/>
    public override void WriteLine(string value) => Write(value + Environment.NewLine);

    /// <inheritdoc/>
    public override void WriteErrorLine(string value) => PrintErrorLine(value);

    /// <inheritdoc/>
    public override void WriteWarningLine(string message) => PrintErrorLine(Styled(PSStyle.Instance.Formatting.Warning, $"WARNING: {message}"));

    /// <inheritdoc/>
    public override void WriteVerboseLine(string message) => PrintErrorLine(Styled(PSStyle.Instance.Formatting.Verbose, $"VERBOSE: {message}"));

    /// <inheritdoc/>
    public override void WriteDebugLine(string message) => PrintErrorLine(Styled(PSStyle.Instance.Formatting.Debug, $"DEBUG: {message}"));

    /// <inheritdoc/>
    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        if (!_terminal.CanDraw)
            return;
        lock (_gate)
            _progress.Show(sourceId, record, Terminal.WindowWidth);
    }

    /// <inheritdoc/>
    public override string ReadLine() => _questions.ReadLine();

    /// <inheritdoc/>
    public override SecureString ReadLineAsSecureString() => _questions.ReadSecret();

    /// <inheritdoc/>
    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) =>
        _questions.AskFields(caption, message, descriptions);

    /// <inheritdoc/>
    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice) =>
        _questions.AskChoice(caption, message, choices, defaultChoice);

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        _questions.AskCredential(caption, message, userName);

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName,
        PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) =>
        _questions.AskCredential(caption, message, userName);

    /// <summary>Takes an unfinished progress line off the screen.</summary>
    internal void ClearProgress()
    {
        lock (_gate)
            _progress.Clear();
    }

    /// <summary>From now on nothing goes to standard output any more.</summary>
    internal void SendOutputToError() => _outputIsError = true;

    /// <summary>Writes a question, without a line end.</summary>
    internal void Ask(string text) => Print(Console.Error, text);

    private void PrintError(string text) =>
        Print(Console.Error, Undecorated(text, _terminal.ErrorHasColor));

    private void PrintErrorLine(string line) => PrintError(line + Environment.NewLine);

    /// <summary>The engine decorates whatever it formats and leaves it to the host to take the escape sequences out.</summary>
    private static string Undecorated(string text, bool hasColor) =>
        hasColor ? text : new StringDecorated(text).ToString(OutputRendering.PlainText);

    private string Styled(string style, string line) => _terminal.ErrorHasColor ? style + line + PSStyle.Instance.Reset : line;

    private void Print(TextWriter writer, string text)
    {
        lock (_gate)
        {
            _progress.Clear();
            writer.Write(text);
        }
    }
}
