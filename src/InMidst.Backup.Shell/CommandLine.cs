using System.Diagnostics;
using System.Management.Automation;

namespace InMidst.Backup.Shell;

/// <summary>
/// What the caller asked for. Options are those of <c>pwsh</c> as far as they make sense here, so that a line written for
/// <c>pwsh</c> works.
/// </summary>
internal sealed class CommandLine
{
    private const string Usage = """
        midst: the build and demo host of InMidst.Backup, for machines without pwsh.

          midst [options] -File script.ps1 [arguments]    run a script
          midst [options] [-Command] text                 run a command; the remaining words are joined

          -NoModule          do not import InMidst.Backup. Otherwise it is imported from the manifest MIDST_MODULE names,
                             or from the first one found in the directory of this program and above.
          -NonInteractive    never ask; a question becomes an error. So it is, too, when standard input is redirected.
          -NoProfile, -NoLogo, -ExecutionPolicy <policy>  accepted and without effect
          -Version, -Help

        Exit code: the script's own; 1 after an error; 64 for a wrong command line; 128 + n when signal n ended it.
        It has the language and the core cmdlets only: no Get-ChildItem, Select-Object, Write-Host and the like.
        """;

    private CommandLine()
    {
    }

    /// <summary>Text to print instead of running anything (help or version), or null.</summary>
    internal string? Notice { get; private set; }

    /// <summary>Full path of the script to run, or null when <see cref="Command"/> is to be run.</summary>
    internal string? File { get; private set; }

    /// <summary>What the script is given, word by word.</summary>
    internal IReadOnlyList<string> FileArguments { get; private set; } = [];

    /// <summary>PowerShell text to run, or null when <see cref="File"/> is to be run.</summary>
    internal string? Command { get; private set; }

    /// <summary>Do not import the module.</summary>
    internal bool NoModule { get; private set; }

    /// <summary>Never ask the user.</summary>
    internal bool NonInteractive { get; private set; }

    /// <summary>Reads the command line.</summary>
    /// <exception cref="ShellException">It cannot be understood, or names a script that does not exist.</exception>
    internal static CommandLine Parse(IReadOnlyList<string> args)
    {
        var line = new CommandLine();
        int next = 0;
        while (next < args.Count && !line.IsComplete)
            next = line.ReadOption(args, next);
        if (!line.IsComplete)
            throw Wrong("nothing to run: -File or -Command is missing.");
        return line;
    }

    private bool IsComplete => Notice is not null || File is not null || Command is not null;

    private int ReadOption(IReadOnlyList<string> args, int at)
    {
        string word = args[at];
        switch (OptionName(word))
        {
            case null:
                Command = string.Join(' ', args.Skip(at));
                break;
            case "command" or "c":
                Command = string.Join(' ', ValueOf(args, at).Where(static value => value.Length > 0));
                break;
            case "file" or "f":
                FileArguments = [.. ValueOf(args, at).Skip(1)];
                File = ExistingScript(args[at + 1]);
                break;
            case "nomodule":
                NoModule = true;
                break;
            case "noninteractive" or "noni":
                NonInteractive = true;
                break;
            case "noprofile" or "nop" or "nologo" or "nol":
                break;
            case "executionpolicy" or "ex" or "ep":
                _ = ValueOf(args, at).First();
                return at + 2;
            case "version" or "v":
                Notice = $"midst {typeof(CommandLine).Assembly.GetName().Version?.ToString(3)} (PowerShell {PowerShellVersion()})";
                break;
            case "help" or "h" or "?":
                Notice = Usage;
                break;
            default:
                throw Wrong($"'{word}' is not an option.");
        }

        return at + 1;
    }

    /// <summary>The option's name in lower case without its dashes, or null if the word is none.</summary>
    private static string? OptionName(string word) =>
        word is ['-', _, ..] ? word.TrimStart('-').ToLowerInvariant() : null;

    private static IEnumerable<string> ValueOf(IReadOnlyList<string> args, int option) =>
        option + 1 < args.Count ? args.Skip(option + 1) : throw Wrong($"{args[option]} needs a value.");

    private static string ExistingScript(string path)
    {
        string full = Path.GetFullPath(path);
        if (!System.IO.File.Exists(full))
            throw new ShellException($"the script file '{path}' does not exist.", ExitCodes.Usage);
        if (!full.EndsWith(".ps1", StringComparison.OrdinalIgnoreCase))
            throw new ShellException($"'{path}' is not a script: its name must end in .ps1.", ExitCodes.Usage);
        return full;
    }

    private static string? PowerShellVersion() =>
        FileVersionInfo.GetVersionInfo(typeof(PSObject).Assembly.Location).ProductVersion?.Split(' ')[0];

    private static ShellException Wrong(string message) => new($"{message} midst -Help shows the options.", ExitCodes.Usage);
}
