using System.Security.Cryptography;
using InMidst.Backup.Core.Processes;
using InMidst.Backup.Integration.Tests.Processes;
using InMidst.Backup.Postgres.Sandbox;

namespace InMidst.Backup.Integration.Tests.Sandbox;

/// <summary>A root directory for the sandboxes of one test. At its end nothing may be left in it, on disk or running.</summary>
internal sealed class SandboxPlace : IAsyncDisposable
{
    public SandboxPlace(string? path = null) =>
        Root = path ?? $"/tmp/midst-test-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";

    public string Root { get; }

    public Task<SandboxServer> StartAsync(CancellationToken cancellationToken) => StartAsync(new SandboxOptions(), cancellationToken);

    public Task<SandboxServer> StartAsync(SandboxOptions options, CancellationToken cancellationToken, IProgress<string>? progress = null) =>
        SandboxServer.StartAsync(
            new SandboxOptions
            {
                RootDirectory = Root,
                ForProof = options.ForProof,
                RunAs = options.RunAs,
                Settings = options.Settings,
                BinDirectories = options.BinDirectories,
            },
            progress, cancellationToken);

    /// <summary>Waits until no directory is in the root and no process names it on its command line.</summary>
    public Task IsEmptyAsync() => Eventually.TrueAsync(
        () => (!Directory.Exists(Root) || Directory.GetDirectories(Root).Length == 0) && Processes().Length == 0,
        "the sandbox's directory and processes are gone");

    /// <summary>The processes that have the root on their command line.</summary>
    public int[] Processes() =>
        [.. Directory.EnumerateDirectories("/proc")
            .Select(Path.GetFileName)
            .Where(name => int.TryParse(name, out _))
            .Select(name => int.Parse(name!))
            .Where(id => ProcessTable.Runs(id) && CommandLine(id).Contains(Root))];

    public async ValueTask DisposeAsync()
    {
        await IsEmptyAsync();
        await ChildProcess.RunAsync(
            new ChildProcessOptions { FileName = "/bin/rm", Arguments = ["-rf", Root] }, TimeSpan.FromSeconds(30), CancellationToken.None);
    }

    private static string CommandLine(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }
}
