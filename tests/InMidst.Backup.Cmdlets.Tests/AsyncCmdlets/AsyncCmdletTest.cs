using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.AsyncCmdlets;

/// <summary>A runspace with the test's cmdlets, and work in $work.</summary>
public abstract class AsyncCmdletTest : IDisposable
{
    protected PowerShellHost Shell { get; private set; } = NewShell();

    public void Dispose()
    {
        Shell.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Another runspace with the same cmdlets.</summary>
    protected static PowerShellHost NewShell(AnsweringHost? host = null) => new(
        host, ("Invoke-Work", typeof(InvokeWorkCommand)), ("Select-First", typeof(SelectFirstCommand)));

    /// <summary>Answers prompts from now on.</summary>
    protected AnsweringHost Answering(Func<string, IReadOnlyList<string>, int> answer)
    {
        var host = new AnsweringHost(answer);
        Shell.Dispose();
        Shell = NewShell(host);
        return host;
    }

    protected PsResult Run(Work work, string script = "Invoke-Work $work")
    {
        Shell.Set("work", work);
        return Shell.Run(script);
    }

    protected PsInvocation Start(Work work, string script = "Invoke-Work $work")
    {
        Shell.Set("work", work);
        return Shell.Start(script);
    }

    protected static Work Processing(Func<InvokeWorkCommand, CancellationToken, Task> process) => new() { Process = process };
}
