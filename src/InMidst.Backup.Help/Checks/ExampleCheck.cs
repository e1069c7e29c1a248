using System.Management.Automation;
using System.Management.Automation.Language;
using InMidst.Backup.Help.Model;

namespace InMidst.Backup.Help.Checks;

/// <summary>Reads examples as PowerShell would: syntax, our commands, their parameters and the values of enumerations.</summary>
internal sealed class ExampleCheck(LoadedModule module, GapList gaps)
{
    private readonly Dictionary<string, CmdletInfo> _ours = module.Cmdlets.ToDictionary(cmdlet => cmdlet.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Reports what PowerShell would refuse in the examples of a cmdlet.</summary>
    public void Run(CmdletInfo cmdlet, IEnumerable<ExampleHelp> examples)
    {
        foreach (ExampleHelp example in examples)
        {
            void Report(string problem) =>
                gaps.Add(cmdlet.ImplementingType, null, GapCode.ExampleCode, $"Example {example.Number} of {cmdlet.Name}: {problem}");

            ScriptBlockAst script = Parser.ParseInput(example.Code, out _, out ParseError[] errors);
            foreach (ParseError error in errors)
                Report($"it does not parse: {error.Message}");
            CommandAst[] commands = [.. script.FindAll(ast => ast is CommandAst, searchNestedScriptBlocks: true).Cast<CommandAst>()];
            if (!commands.Any(command => string.Equals(command.GetCommandName(), cmdlet.Name, StringComparison.OrdinalIgnoreCase)))
                Report("it does not use the cmdlet.");
            foreach (CommandAst command in commands)
                CheckCommand(command, example.Run, Report);
        }
    }

    private void CheckCommand(CommandAst command, ExampleRun run, Action<string> report)
    {
        string? name = command.GetCommandName();
        if (name is null)
            return;
        if (_ours.TryGetValue(name, out CmdletInfo? cmdlet))
            CheckParameters(command, cmdlet, report);
        else if (IsNamedLikeOurs(name))
            report($"{name} is not a cmdlet of this module.");
        else if (run != ExampleRun.Parsed && module.Find(name) is null)
            report($"it is marked to be run, but {name} comes neither from this module nor from the engine itself.");
    }

    /// <summary>Examples spell parameters out: a prefix that is unique today may not be tomorrow.</summary>
    private static void CheckParameters(CommandAst command, CmdletInfo cmdlet, Action<string> report)
    {
        bool allKnown = true;
        foreach (CommandParameterAst parameter in command.CommandElements.OfType<CommandParameterAst>())
        {
            bool known = cmdlet.Parameters.Values.Any(candidate =>
                candidate.Name.Equals(parameter.ParameterName, StringComparison.OrdinalIgnoreCase)
                || candidate.Aliases.Contains(parameter.ParameterName, StringComparer.OrdinalIgnoreCase));
            if (!known)
                report($"{cmdlet.Name} has no parameter -{parameter.ParameterName}.");
            allKnown &= known;
        }

        if (allKnown)
            CheckBinding(command, cmdlet, report);
    }

    private static void CheckBinding(CommandAst command, CmdletInfo cmdlet, Action<string> report)
    {
        StaticBindingResult binding = StaticParameterBinder.BindCommand(command, resolve: true);
        foreach ((string name, StaticBindingError error) in binding.BindingExceptions)
            report($"{cmdlet.Name} cannot bind {name}: {error.BindingException.Message}");
        foreach ((string name, ParameterBindingResult bound) in binding.BoundParameters)
        {
            if (!cmdlet.Parameters.TryGetValue(name, out ParameterMetadata? parameter) || bound.ConstantValue is not string value)
                continue;
            Type single = TypeNames.Single(parameter.ParameterType);
            if (single.IsEnum && !Enum.TryParse(single, value, ignoreCase: true, out _))
                report($"{cmdlet.Name} -{name} does not take {value}; it takes {string.Join(", ", Enum.GetNames(single))}.");
        }
    }

    private bool IsNamedLikeOurs(string name)
    {
        int dash = name.IndexOf('-', StringComparison.Ordinal);
        return dash > 0 && (name.AsSpan(dash + 1).StartsWith("Midst", StringComparison.OrdinalIgnoreCase)
            || _ours.Values.Any(cmdlet => cmdlet.Noun.Equals(name[(dash + 1)..], StringComparison.OrdinalIgnoreCase)));
    }
}
