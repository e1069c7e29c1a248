using System.Runtime.CompilerServices;
using InMidst.Backup.Core.Processes;
using InMidst.Backup.Postgres.Sandbox;

namespace InMidst.Backup.Integration.Tests.Sandbox;

/// <summary>
/// Another process that owns a sandbox, to be killed: this very test program, started again with a variable that makes it
/// start a sandbox, tell its id, and wait for the end of its input.
/// </summary>
internal sealed class SandboxOwner : IAsyncDisposable
{
    private const string Variable = "MIDST_TEST_SANDBOX_OWNER";

    private readonly ChildProcess _process;

    private SandboxOwner(ChildProcess process, string id) => (_process, Id) = (process, id);

    public string Id { get; }

    public int ProcessId => _process.ProcessId;

    public static async Task<SandboxOwner> StartAsync(string rootDirectory)
    {
        string host = Environment.ProcessPath!;
        bool isDotnet = Path.GetFileNameWithoutExtension(host) == "dotnet";
        var process = ChildProcess.Start(new ChildProcessOptions
        {
            FileName = host,
            Arguments = isDotnet ? ["exec", typeof(SandboxOwner).Assembly.Location] : [],
            Environment = new Dictionary<string, string?> { [Variable] = rootDirectory },
            KeepStandardInput = true,
        });
        string? id = await new StreamReader(process.StandardOutput).ReadLineAsync(TestContext.Current.CancellationToken);
        if (id is { Length: 8 })
            return new SandboxOwner(process, id);
        ChildExit exit = await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        throw new InvalidOperationException($"The owner said '{id}' and ended with {exit.Code}: {exit.StandardErrorTail}");
    }

    /// <summary>kill -9 of the owner alone; what it started stays.</summary>
    public async Task KillAsync()
    {
        using (var process = System.Diagnostics.Process.GetProcessById(ProcessId))
            process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Lets the owner end in order, and returns how it did.</summary>
    public async Task<ChildExit> EndAsync()
    {
        await _process.StandardInput.DisposeAsync();
        return await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    // Until a module initializer has returned, no other thread can enter this assembly: only code of the product is awaited.
    [ModuleInitializer]
    internal static void OwnSandbox()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } rootDirectory)
            return;
        SandboxServer server = SandboxServer.StartAsync(
            new SandboxOptions { RootDirectory = rootDirectory }, null, CancellationToken.None).GetAwaiter().GetResult();
        Console.WriteLine(server.Id);
        Console.In.ReadToEnd();
        server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Environment.Exit(0);
    }
}
