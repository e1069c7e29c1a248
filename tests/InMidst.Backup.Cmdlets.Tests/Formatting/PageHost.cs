using System.Globalization;
using System.Management.Automation.Host;

namespace InMidst.Backup.Cmdlets.Tests.Formatting;

/// <summary>A host that keeps what is shown, as wide as a user's window.</summary>
/// <param name="width">Columns of the window.</param>
internal sealed class PageHost(int width) : PSHost
{
    private readonly PageUserInterface _page = new(width);

    public override CultureInfo CurrentCulture => CultureInfo.GetCultureInfo("de-DE");

    public override CultureInfo CurrentUICulture => CultureInfo.InvariantCulture;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override string Name => nameof(PageHost);

    public override Version Version { get; } = new(1, 0);

    public override PSHostUserInterface UI => _page;

    /// <summary>The lines that were shown, without blanks at their ends and without empty lines around them.</summary>
    public string Text => string.Join('\n', _page.Lines.Select(line => line.TrimEnd())).Trim('\n');

    public override void EnterNestedPrompt() => throw new NotSupportedException();

    public override void ExitNestedPrompt() => throw new NotSupportedException();

    public override void NotifyBeginApplication()
    {
    }

    public override void NotifyEndApplication()
    {
    }

    public override void SetShouldExit(int exitCode)
    {
    }
}
