using System.Text;
using InMidst.Backup.Core.Processes;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>A directory of shell scripts that pass for PostgreSQL's programs.</summary>
internal sealed class FakePrograms(string directory, PostgresServer server)
{
    private readonly string _real = PostgresPrograms.FindClient(server.BinDirectory);

    public IReadOnlyList<string> Directories => [directory];

    /// <summary>The programs as they are.</summary>
    public static async Task<FakePrograms> RealAsync(string directory, PostgresServer server)
    {
        var programs = new FakePrograms(directory, server);
        foreach (string program in (string[])["pg_dump", "pg_restore", "pg_dumpall"])
            await programs.ReplaceAsync(program, programs.Real(program));
        return programs;
    }

    /// <summary>Programs that give from files what the real ones say about the database: quick, and always the same.</summary>
    public static async Task<FakePrograms> ReplayAsync(string directory, PostgresServer server, string database)
    {
        var programs = new FakePrograms(directory, server);
        byte[] archive = await server.PgDumpBytesAsync(database, "--format=custom", "--no-blobs", "--section=pre-data", "--section=post-data");
        await File.WriteAllBytesAsync(Path.Combine(directory, "archive"), archive);
        await programs.ReplaceAsync("pg_dump", $"cat '{directory}/archive'");
        await programs.ReplaceAsync("pg_restore", programs.Real("pg_restore"));
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
