using System.Text;
using InMidst.Backup.Core.Processes;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>A directory of shell scripts that pass for PostgreSQL's programs.</summary>
internal sealed class FakePrograms(string directory, PostgresServer server)
{
    private readonly string _real = PostgresPrograms.FindClient(server.BinDirectory);

    public IReadOnlyList<string> Directories => [directory];

    /// <summary>Both programs as they are.</summary>
    public static async Task<FakePrograms> RealAsync(string directory, PostgresServer server)
    {
        var programs = new FakePrograms(directory, server);
        await programs.ReplaceAsync("pg_dump", programs.Real("pg_dump"));
        await programs.ReplaceAsync("pg_dumpall", programs.Real("pg_dumpall"));
        return programs;
    }

    /// <summary>Programs that give from files what the real ones say about the database: quick, and always the same.</summary>
    public static async Task<FakePrograms> ReplayAsync(string directory, PostgresServer server, string database)
    {
        var programs = new FakePrograms(directory, server);
        await File.WriteAllTextAsync(Path.Combine(directory, "pre"), await server.PgDumpAsync(database, "--section=pre-data"));
        await File.WriteAllTextAsync(Path.Combine(directory, "post"), await server.PgDumpAsync(database, "--section=post-data"));
        await programs.ReplaceAsync("pg_dump", $"case \"$*\" in *pre-data*) cat '{directory}/pre';; *) cat '{directory}/post';; esac");
        await programs.ReplaceAsync("pg_dumpall", "echo '-- PostgreSQL database cluster dump complete'");
        return programs;
    }

    /// <summary>The line that becomes the real program.</summary>
    public string Real(string program) => $"exec '{_real}/{program}' \"$@\"";

    /// <summary>The line that runs the real program and goes on.</summary>
    public string Call(string program) => $"'{_real}/{program}' \"$@\"";

    /// <summary>Makes a program: it tells a version when asked for it, and else does what the shell says.</summary>
    public async Task ReplaceAsync(string program, string body, string? version = null)
    {
        string script = $"""
            #!/bin/sh
            if [ "$1" = --version ]; then echo '{program} (PostgreSQL) {version ?? server.Major + ".99"}'; exit; fi
            {body}

            """;
        // Written by another process: a file that this one has open for writing could not be run while any thread starts a child.
        ChildOutput output = await ChildProcess.RunAsync(
            new ChildProcessOptions
            {
                FileName = "/bin/sh",
                Arguments = ["-c", "rm -f \"$1\" && cat >\"$1\" && chmod 755 \"$1\"", "sh", Path.Combine(directory, program)],
                KeepStandardInput = true,
            },
            TimeSpan.FromSeconds(30),
            async child =>
            {
                await child.StandardInput.WriteAsync(Encoding.UTF8.GetBytes(script));
                await child.StandardInput.DisposeAsync();
            },
            CancellationToken.None);
        Assert.Equal(0, output.Code);
    }
}
