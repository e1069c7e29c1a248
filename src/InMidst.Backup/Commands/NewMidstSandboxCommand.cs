using System.Management.Automation;
using InMidst.Backup.Postgres.Sandbox;
using InMidst.Backup.Postgres.Sandbox.SampleData;

namespace InMidst.Backup.Commands;

/// <summary>Starts a throwaway PostgreSQL server from the programs installed on this machine.</summary>
/// <remarks>
/// <para>
/// The server listens on a Unix socket that only you reach (on loopback where there are none), always demands a random password, which
/// the object carries as Credential, and is tuned for speed, not for keeping data. It lives until <see cref="RemoveMidstSandboxCommand"/>
/// or until the process that made it ends, in whatever way; Ctrl-C does not stop it. Run as root it uses another account.
/// </para>
/// <para>
/// With -SampleData it has a database named midst with profiles, masks, tasks and events and nearly everything PostgreSQL can have in
/// a schema; use it to try a backup and its restore without touching anything of yours.
/// </para>
/// </remarks>
/// <example>
/// <summary>Try the whole way</summary>
/// <code run="true">
/// $sandbox = New-MidstSandbox -SampleData -Scale 0.01
/// $sandbox | Backup-MidstDatabase | Test-MidstBackup -Level Restore
/// $sandbox | Remove-MidstSandbox
/// </code>
/// <para>Makes a small sample database, backs it up, restores the backup into a second throwaway server and compares.</para>
/// </example>
/// <example>
/// <summary>A server of a certain version</summary>
/// <code>
/// New-MidstSandbox -MinimumVersion 17 -BinDirectory /usr/lib/postgresql/17/bin
/// </code>
/// <para>The lowest version installed that is not below 17 is used.</para>
/// </example>
/// <seealso cref="RemoveMidstSandboxCommand"/>
/// <seealso cref="GetMidstSandboxCommand"/>
[Cmdlet(VerbsCommon.New, "MidstSandbox", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(MidstSandbox))]
public sealed class NewMidstSandboxCommand : MidstCmdlet
{
    /// <summary>Makes the sample database.</summary>
    [Parameter]
    public SwitchParameter SampleData { get; set; }

    /// <summary>Size of the sample data: 1 is about 55 MB; from 0.001 to 1000.</summary>
    /// <value>1</value>
    [Parameter]
    [ValidateRange(0.001, 1000)]
    public double Scale { get; set; } = 1;

    /// <summary>Lowest major version of PostgreSQL to take.</summary>
    /// <value>the newest that is installed</value>
    [Parameter]
    [ValidateRange(14, 99)]
    public int? MinimumVersion { get; set; }

    /// <summary>Directories with PostgreSQL's programs, instead of the usual places.</summary>
    [Parameter]
    public string[]? BinDirectory { get; set; }

    /// <summary>Account the server runs as when this process is root. Not postgres, which owns the real servers.</summary>
    /// <value>nobody</value>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RunAs { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (!await ShouldProcessAsync("PostgreSQL sandbox", "Start", cancellationToken).ConfigureAwait(false))
            return;
        const string Activity = "Starting a sandbox";
        var directories = new List<string>();
        foreach (string directory in BinDirectory ?? [])
            directories.Add(await ResolvePathAsync(directory, cancellationToken).ConfigureAwait(false));
        var options = new SandboxOptions
        {
            BinDirectories = directories.Count == 0 ? null : directories,
            MinimumMajor = MinimumVersion,
            RunAs = RunAs,
            TimeProvider = Clock,
        };
        PostProgress(Activity, "PostgreSQL");
        SandboxServer server = await SandboxServer.StartAsync(
            options, new VerboseProgress(PostVerbose), cancellationToken).ConfigureAwait(false);
        try
        {
            string database = server.Database;
            if (SampleData)
            {
                await SampleDatabaseLoader.LoadAsync(
                    SandboxAddress.Of(server), server.Major, Scale,
                    (step, fraction) => PostProgress(Activity, step, (int)(fraction * 100)), cancellationToken).ConfigureAwait(false);
                database = SampleDatabase.DatabaseName;
            }

            PostProgressCompleted();
            await WriteObjectAsync(SandboxOutput.Make(server, database), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // Nobody else holds it: a sandbox that was not handed out must not stay. One that was, stays with whoever asked for it.
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
