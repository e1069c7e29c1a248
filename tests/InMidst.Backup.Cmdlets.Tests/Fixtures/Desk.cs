using System.Management.Automation;
using System.Management.Automation.Host;
using InMidst.Backup.Cmdlets.Tests.Help;
using InMidst.Backup.Cmdlets.Tests.Hosting;
using StagedModule = InMidst.Backup.Cmdlets.Tests.Hosting.StagedModule;

namespace InMidst.Backup.Cmdlets.Tests.Fixtures;

/// <summary>
/// A user at work: the module imported, $PWD in an empty directory of their own, and the way to the server in the variable $to, for
/// splatting (<c>@to</c>).
/// </summary>
public sealed class Desk : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    /// <summary>Sits down.</summary>
    /// <param name="fixture">The server in $to.</param>
    /// <param name="host">Who answers questions; without one every question is an error.</param>
    public Desk(ServerFixture fixture, PSHost? host = null)
    {
        Shell = StagedModule.Open(host);
        Shell.Set("directory", Directory);
        Shell.Set("server", fixture.Server.Host);
        Shell.Set("port", fixture.Server.Port);
        Shell.Set("password", fixture.Server.Password);
        Shell.Set("user", fixture.Server.UserName);
        Run("""
            [void] $ExecutionContext.SessionState.Path.SetLocation($directory)
            $secret = [System.Net.NetworkCredential]::new('', $password).SecurePassword
            $credential = [pscredential]::new($user, $secret)
            $to = @{ HostName = $server; Port = $port; Credential = $credential }
            """);
    }

    /// <summary>The runspace.</summary>
    public PowerShellHost Shell { get; }

    /// <summary>$PWD.</summary>
    public string Directory => _directory.Path;

    /// <summary>The files of the repository <c>./backups</c> that people see.</summary>
    public IReadOnlyList<string> Repository => !System.IO.Directory.Exists(File("backups"))
        ? []
        : [.. System.IO.Directory.EnumerateFiles(File("backups")).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    /// <summary>A path below $PWD.</summary>
    public string File(params string[] names) => Path.Combine([Directory, .. names]);

    /// <summary>Types a script that must go well.</summary>
    public PsResult Run(string script) => Shell.Run(script).Successful();

    /// <summary>Types a script that must go well and write one object.</summary>
    public PSObject One(string script) => Assert.Single(Run(script).Output)!;

    /// <summary>Types a script that must report one error and go on.</summary>
    public ErrorRecord Error(string script) => Assert.Single(Shell.Run(script).Errors);

    public void Dispose()
    {
        Shell.Dispose();
        _directory.Dispose();
    }
}
