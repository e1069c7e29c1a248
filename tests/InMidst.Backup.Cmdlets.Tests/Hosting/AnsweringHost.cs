using System.Globalization;
using System.Management.Automation.Host;

namespace InMidst.Backup.Cmdlets.Tests.Hosting;

/// <summary>A host whose questions the test answers.</summary>
/// <param name="answer">Gets the caption and the labels, returns the index of the answer.</param>
public sealed class AnsweringHost(Func<string, IReadOnlyList<string>, int> answer) : PSHost
{
    public override CultureInfo CurrentCulture => CultureInfo.InvariantCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.InvariantCulture;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override string Name => nameof(AnsweringHost);

    public override Version Version { get; } = new(1, 0);

    public override PSHostUserInterface UI { get; } = new AnsweringUserInterface(answer);

    /// <summary>What was written to the host, such as "What if:".</summary>
    public IReadOnlyList<string> Lines => ((AnsweringUserInterface)UI).Lines;

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
