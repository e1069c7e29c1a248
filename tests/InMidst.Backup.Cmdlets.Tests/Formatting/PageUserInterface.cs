using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace InMidst.Backup.Cmdlets.Tests.Formatting;

internal sealed class PageUserInterface(int width) : PSHostUserInterface
{
    private readonly List<string> _lines = [];

    public override PSHostRawUserInterface RawUI { get; } = new PageRawUserInterface(width);

    internal IReadOnlyList<string> Lines => _lines;

    public override Dictionary<string, PSObject> Prompt(
        string caption, string message, Collection<FieldDescription> descriptions) => throw new NotSupportedException();

    public override int PromptForChoice(
        string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice) => throw new NotSupportedException();

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        throw new NotSupportedException();

    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName,
        PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) => throw new NotSupportedException();

    public override string ReadLine() => throw new NotSupportedException();

    public override SecureString ReadLineAsSecureString() => throw new NotSupportedException();

    public override void Write(string value) => _lines.Add(value);

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => _lines.Add(value);

    public override void WriteDebugLine(string message) => _lines.Add(message);

    public override void WriteErrorLine(string value) => _lines.Add(value);

    public override void WriteLine(string value) => _lines.Add(value);

    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
    }

    public override void WriteVerboseLine(string message) => _lines.Add(message);

    public override void WriteWarningLine(string message) => _lines.Add(message);
}
