using System.Diagnostics;
using System.Text.Json;
using InMidst.Backup.Core.Processes;
using InMidst.Backup.Integration.Tests.Processes;
using InMidst.Backup.Postgres.Sandbox;

namespace InMidst.Backup.Integration.Tests.Sandbox;

public sealed class SandboxLifetimeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killing_the_owner_ends_server_and_directory()
    {
        await using var place = new SandboxPlace();
        await using SandboxOwner owner = await SandboxOwner.StartAsync(place.Root);
        SandboxInfo info = Assert.Single(await SandboxServer.ListAsync(place.Root, Token));
        Assert.Equal((owner.Id, owner.ProcessId), (info.Id, info.OwnerProcessId));
        Assert.True(ProcessTable.Runs(info.ProcessId));

        await owner.KillAsync();
        Assert.Empty(await SandboxServer.ListAsync(place.Root, Token));
        await place.IsEmptyAsync();
        Assert.False(ProcessTable.Runs(info.ProcessId));
    }

    [Fact]
    public async Task When_the_keepers_are_killed_too_the_next_start_cleans_up()
    {
        await using var place = new SandboxPlace();
        await using SandboxOwner owner = await SandboxOwner.StartAsync(place.Root);
        SandboxInfo left = Assert.Single(await SandboxServer.ListAsync(place.Root, Token));
        int[] keepers = Keepers(left.Directory);
        Assert.NotEmpty(keepers);
        foreach (int keeper in keepers)
            Kill(keeper);
        await owner.KillAsync();
        await Eventually.TrueAsync(() => !keepers.Any(ProcessTable.Runs), "the keepers are gone");
        Assert.True(ProcessTable.Runs(left.ProcessId));

        await using SandboxServer next = await place.StartAsync(Token);
        Assert.False(Directory.Exists(left.Directory));
        Assert.False(ProcessTable.Runs(left.ProcessId));
        Assert.Equal("alive", await SandboxServerTests.AskAsync(next, "SELECT 'alive'"));
    }

    [Fact]
    public async Task A_living_sandbox_of_another_process_is_not_stale()
    {
        await using var place = new SandboxPlace();
        await using SandboxOwner owner = await SandboxOwner.StartAsync(place.Root);
        Assert.Equal(0, await SandboxServer.RemoveStaleAsync(place.Root, Token));
        Assert.Single(await SandboxServer.ListAsync(place.Root, Token));
        await owner.EndAsync();
    }

    [Fact]
    public async Task A_stale_pid_file_that_names_a_stranger_harms_nobody()
    {
        await using var place = new SandboxPlace();
        SandboxServer server = await place.StartAsync(Token);
        await using ChildProcess stranger = ChildProcess.Start(new ChildProcessOptions
        {
            FileName = "/bin/sleep",
            Arguments = ["600"],
            UserName = Environment.IsPrivilegedProcess ? "nobody" : null,
            WorkingDirectory = "/",
        });
        string pidFile = Path.Combine(server.DataDirectory, "postmaster.pid");
        string[] lines = await File.ReadAllLinesAsync(pidFile, Token);
        Kill(server.ProcessId);
        await Eventually.TrueAsync(() => !ProcessTable.Runs(server.ProcessId), "the server is gone");
        lines[0] = stranger.ProcessId.ToString();
        await File.WriteAllLinesAsync(pidFile, lines, Token);

        Assert.Empty(await SandboxServer.ListAsync(place.Root, Token));
        await server.DisposeAsync();
        Assert.False(Directory.Exists(server.Directory));
        Assert.False(stranger.HasExited);
    }

    [Fact]
    public async Task Any_process_of_the_user_can_remove_it_and_its_owner_copes()
    {
        await using var place = new SandboxPlace();
        await using SandboxOwner owner = await SandboxOwner.StartAsync(place.Root);
        SandboxInfo info = Assert.Single(await SandboxServer.ListAsync(place.Root, Token));

        Assert.True(await SandboxServer.RemoveAsync(owner.Id, place.Root, Token));
        Assert.False(Directory.Exists(info.Directory));
        Assert.False(ProcessTable.Runs(info.ProcessId));
        Assert.False(await SandboxServer.RemoveAsync(owner.Id, place.Root, Token));

        ChildExit end = await owner.EndAsync();
        Assert.Equal((0, ""), (end.Code, end.StandardErrorTail));
    }

    [Fact]
    public async Task Removing_ones_own_by_id_is_disposing_it()
    {
        await using var place = new SandboxPlace();
        SandboxServer server = await place.StartAsync(Token);
        Assert.True(await SandboxServer.RemoveAsync(server.Id, place.Root, Token));
        Assert.False(ProcessTable.Runs(server.ProcessId));
        Assert.Empty(place.Processes());
        Assert.False(await SandboxServer.RemoveAsync("../../etc", place.Root, Token));
    }

    private static int[] Keepers(string directory)
    {
        using JsonDocument record = JsonDocument.Parse(File.ReadAllText(Path.Combine(directory, "sandbox.json")));
        return [.. record.RootElement.GetProperty("keepers").EnumerateArray().Select(one => one.GetProperty("id").GetInt32())];
    }

    private static void Kill(int id)
    {
        using var process = Process.GetProcessById(id);
        process.Kill();
    }
}
