using System.Diagnostics;

namespace InMidst.Backup.Cmdlets.Tests.Shell;

/// <summary>One run of midst as a child process in a directory of its own, with nothing connected to a terminal.</summary>
internal sealed class MidstRun : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly Dictionary<string, string> _environment = [];

    /// <summary>The working directory, deleted with this object.</summary>
    internal string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("midst-shell-").FullName;

    /// <summary>What went to standard output.</summary>
    internal string Output { get; private set; } = "";

    /// <summary>What went to standard error.</summary>
    internal string Error { get; private set; } = "";

    /// <summary>The exit code.</summary>
    internal int ExitCode { get; private set; }

    /// <summary>Writes a file into the working directory.</summary>
    internal MidstRun With(string file, string content)
    {
        string path = Path.Combine(Directory, file);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return this;
    }

    /// <summary>Sets an environment variable.</summary>
    internal MidstRun WithVariable(string name, string value)
    {
        _environment[name] = value;
        return this;
    }

    /// <summary>Runs midst without the module to its end.</summary>
    internal Task<MidstRun> Run(params string[] arguments) => RunWithModule(["-NoModule", .. arguments]);

    /// <summary>Runs midst to its end.</summary>
    internal async Task<MidstRun> RunWithModule(params string[] arguments)
    {
        using Process process = Start(arguments);
        await Finish(process);
        return this;
    }

    /// <summary>Runs a script that prints a line when it is ready for the signal, and sends that signal then.</summary>
    internal async Task<MidstRun> RunUntilReadyThenSignal(string signal, params string[] arguments)
    {
        using Process process = Start(["-NoModule", .. arguments]);
        await process.StandardOutput.ReadLineAsync().WaitAsync(Limit);
        // The shell's own kill: a bare Debian has no program of that name.
        using Process kill = Process.Start("/bin/sh", ["-c", $"kill -s {signal} {process.Id}"]);
        await kill.WaitForExitAsync().WaitAsync(Limit);
        await Finish(process);
        return this;
    }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);

    private async Task Finish(Process process)
    {
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> error = process.StandardError.ReadToEndAsync();
            await Task.WhenAll(process.WaitForExitAsync(), output, error).WaitAsync(Limit);
            (Output, Error, ExitCode) = (await output, await error, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private Process Start(IEnumerable<string> arguments)
    {
        // A test run started in the background of a script ignores SIGINT, and so would midst: env undoes that.
        bool throughEnv = OperatingSystem.IsLinux();
        var start = new ProcessStartInfo(throughEnv ? "env" : Tree.Midst)
        {
            WorkingDirectory = Directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (throughEnv)
        {
            start.ArgumentList.Add("--default-signal=INT");
            start.ArgumentList.Add(Tree.Midst);
        }

        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        foreach ((string name, string value) in _environment)
            start.Environment[name] = value;
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }
}
