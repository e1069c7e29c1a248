namespace InMidst.Backup.Shell;

/// <summary>Entry point of <c>midst</c>.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        try
        {
            CommandLine line = CommandLine.Parse(args);
            if (line.Notice is { } notice)
            {
                Console.Out.WriteLine(notice);
                return ExitCodes.Success;
            }

            using var session = new ShellSession(line);
            return session.Run();
        }
        catch (ShellException failure)
        {
            Console.Error.WriteLine($"midst: {failure.Message}");
            return failure.ExitCode;
        }
    }
}
