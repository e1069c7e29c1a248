using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using InMidst.Backup.Shell.Hosting;

namespace InMidst.Backup.Shell;

/// <summary>One runspace, in which the module is imported and the script or command is run.</summary>
internal sealed class ShellSession : IDisposable
{
    private readonly CommandLine _line;
    private readonly Interruption _interruption = new();
    private readonly ShellHost _host;
    private readonly Runspace _runspace;

    /// <summary>Opens the session.</summary>
    internal ShellSession(CommandLine line)
    {
        _line = line;
        Terminal terminal = new();
        PSStyle.Instance.OutputRendering = terminal.OutputHasColor ? OutputRendering.Host : OutputRendering.PlainText;
        _host = new ShellHost(new ShellUserInterface(terminal, !line.NonInteractive && terminal.CanAsk, _interruption.Requested));
        var state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
            state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
        _runspace = RunspaceFactory.CreateRunspace(_host, state);
        _runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        _runspace.Open();
        _runspace.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(Environment.CurrentDirectory));
    }

    /// <summary>Does what the command line says and shows the results.</summary>
    /// <returns>The exit code for the process.</returns>
    /// <exception cref="ShellException">The module cannot be found, or the command is not PowerShell.</exception>
    internal int Run()
    {
        try
        {
            if (!_line.NoModule)
                Show(pipeline => pipeline.AddCommand("Import-Module")
                    .AddParameter("Name", ModuleLocation.FindManifest())
                    .AddParameter("ErrorAction", ActionPreference.Stop));
            Show(pipeline => _line.File is { } file
                ? AddFile(pipeline, file, _line.FileArguments)
                : pipeline.AddScript(ReportingStatus(_line.Command!), useLocalScope: false));
            return _interruption.ExitCode ?? _host.ExitCode ?? ExitCodes.Success;
        }
        catch (PipelineStoppedException)
        {
            return _interruption.ExitCode ?? ExitCodes.Failure;
        }
        catch (RuntimeException failure)
        {
            ShowError(failure.ErrorRecord);
            return _interruption.ExitCode ?? ExitCodes.Failure;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _host.ClearProgress();
        _runspace.Dispose();
        _interruption.Dispose();
    }

    /// <summary>Runs what <paramref name="build"/> adds; output and errors go through the formatting engine to the host.</summary>
    private void Show(Func<PowerShell, PowerShell> build)
    {
        using PowerShell pipeline = PowerShell.Create(_runspace);
        Command first = build(pipeline).Commands.Commands[0];
        first.MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        pipeline.AddCommand("Out-Default");
        _interruption.Invoke(pipeline);
    }

    /// <summary>
    /// Shows an error that ended a pipeline. Written anew by a command it would lose where it happened, so the record itself is
    /// formatted, and what the formatting engine takes for output is sent to standard error.
    /// </summary>
    private void ShowError(ErrorRecord error)
    {
        _host.SendOutputToError();
        using PowerShell pipeline = PowerShell.Create(_runspace);
        pipeline.AddCommand("Out-Default").Invoke(new[] { error });
    }

    /// <summary>
    /// A script file swallows its own <c>exit</c> and leaves its number in LASTEXITCODE and a false <c>$?</c>; only a host inside
    /// the engine can ask for more. A native command in the script sets the number too, but not <c>$?</c> of the script.
    /// </summary>
    private static PowerShell AddFile(PowerShell pipeline, string file, IReadOnlyList<string> arguments)
    {
        string quoted = CodeGeneration.EscapeSingleQuotedStringContent(file);
        pipeline.AddScript($"& '{quoted}' @args\nif (-not $?) {{ exit ($LASTEXITCODE ?? 1) }}", useLocalScope: false);
        CommandParameterCollection parameters = pipeline.Commands.Commands[0].Parameters;
        foreach (string argument in arguments)
            parameters.Add(AsParameter(argument));
        return pipeline;
    }

    /// <summary>A word with a dash is a parameter of the script; what follows it is bound by the engine, which knows the switches.</summary>
    private static CommandParameter AsParameter(string word)
    {
        if (word.Length < 2 || word[0] != '-' || !char.IsLetter(word[1]))
            return new CommandParameter(null, word);
        int colon = word.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return new CommandParameter(word);
        string value = word[(colon + 1)..];
        return new CommandParameter(word[1..colon], value.ToUpperInvariant() switch { "$TRUE" => true, "$FALSE" => false, _ => value });
    }

    /// <summary>
    /// Makes the status of the last statement the exit code. Inside the text, as <c>$?</c> of a finished script is always true; not
    /// for a text with named blocks, after which no statement may stand.
    /// </summary>
    /// <exception cref="ShellException">The text is not PowerShell. Without a file the engine's own view of that error is empty.</exception>
    private static string ReportingStatus(string command)
    {
        ScriptBlockAst ast = Parser.ParseInput(command, out _, out ParseError[] errors);
        if (errors.Length > 0)
            throw new ShellException($"the command is not valid PowerShell.{Environment.NewLine}{new ParseException(errors).Message}");
        return ast.EndBlock is { Unnamed: true } ? $"{command}\nif (-not $?) {{ exit 1 }}" : command;
    }
}
