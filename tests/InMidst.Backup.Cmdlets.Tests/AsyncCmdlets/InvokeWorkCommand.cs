using System.Management.Automation;

namespace InMidst.Backup.Cmdlets.Tests.AsyncCmdlets;

/// <summary>A cmdlet that does what the test tells it, with the whole of the base's surface opened.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "Work", SupportsShouldProcess = true)]
[OutputType(typeof(object))]
public sealed class InvokeWorkCommand : AsyncCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public Work Work { get; set; } = null!;

    [Parameter(ValueFromPipeline = true)]
    public int InputObject { get; set; }

    /// <summary>Set when the work promises to set HasEnded.</summary>
    [Parameter]
    public SwitchParameter EndsItself { get; set; }

    protected override TimeProvider Clock => Work.Clock;

    public Task Write(object? value, CancellationToken token) => WriteObjectAsync(value, token);

    public Task Error(string id, CancellationToken token) => WriteErrorAsync(
        new ErrorRecord(new InvalidOperationException(id), id, ErrorCategory.InvalidOperation, InputObject), token);

    public void Verbose(string message) => PostVerbose(message);

    public void Warning(string message) => PostWarning(message);

    public void Debug(string message) => PostDebug(message);

    public void Information(object message) => PostInformation(message, "tag");

    public void Progress(string status, int percent) => PostProgress("working", status, percent);

    public void ProgressCompleted() => PostProgressCompleted();

    public Task<bool> Should(string target, CancellationToken token) => ShouldProcessAsync(target, "work on", token);

    public Task<bool> Continue(string query, CancellationToken token) => ShouldContinueAsync(query, "caption", token);

    public Task<T> OnPipeline<T>(Func<T> function, CancellationToken token) => OnPipelineAsync(function, token);

    protected override Task BeginAsync(CancellationToken cancellationToken)
    {
        Work.Cmdlet = this;
        return Work.Begin?.Invoke(this, cancellationToken) ?? Task.CompletedTask;
    }

    protected override Task ProcessAsync(CancellationToken cancellationToken) =>
        Work.Process?.Invoke(this, cancellationToken) ?? Task.CompletedTask;

    protected override Task EndAsync(CancellationToken cancellationToken) =>
        Work.End?.Invoke(this, cancellationToken) ?? Task.CompletedTask;

    protected override async ValueTask CleanUpAsync() => await Work.CleanUpAsync(this, EndsItself);

    protected override ErrorRecord ToErrorRecord(Exception exception) =>
        new(exception, "Converted" + exception.GetType().Name, ErrorCategory.NotSpecified, targetObject: null);
}
