using System.Diagnostics;

namespace InMidst.Backup.Cmdlets.Tests.Help;

/// <summary>Runs the help tool as the build does, in a process of its own, on documentation that a test has doctored.</summary>
internal static class HelpTool
{
    /// <summary>The documentation file the compiler wrote for the cmdlets.</summary>
    public static string Documentation { get; } = StagedModule.Output("InMidst.Backup", "InMidst.Backup.xml");

    /// <summary>Runs it with <c>--root</c> and these options; returns its exit code and what it reported.</summary>
    public static async Task<(int ExitCode, string Report)> RunAsync(params string[] options)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] arguments = ["exec", StagedModule.Output("InMidst.Backup.Help", "InMidst.Backup.Help.dll"), "--root", StagedModule.Root, .. options];
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        using Process tool = Process.Start(start)!;
        Task<string> output = tool.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> errors = tool.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await tool.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (tool.ExitCode, await output + await errors);
    }
}
