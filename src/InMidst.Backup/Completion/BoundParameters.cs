using System.Collections;
using System.Management.Automation;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Core.Storage.Disk;
using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Completion;

/// <summary>The parameters that stand on the command line already, as far as PowerShell knows their values before the command runs.</summary>
/// <param name="bound">What PowerShell gives to completers.</param>
internal sealed class BoundParameters(IDictionary bound)
{
    /// <summary>The server they name, with the PG* variables; null when they make no sense yet.</summary>
    public ServerAddress? FindServer()
    {
        var credential = Find<PSCredential>("Credential");
        var parameters = new ConnectionParameters
        {
            HostName = Find<string>("HostName"),
            Port = Find<int?>("Port"),
            UserName = credential?.UserName ?? Find<string>("UserName"),
            Password = credential?.GetNetworkCredential().Password,
            SslMode = (PostgresSslMode?)Find<MidstSslMode?>("SslMode"),
            SslRootCertificate = FindPath("SslRootCertificate"),
            SslCertificate = FindPath("SslCertificate"),
            SslKey = FindPath("SslKey"),
            ConnectionString = Find<string>("ConnectionString"),
            Service = Find<string>("Service"),
        };
        try
        {
            return ConnectionResolver.Resolve(parameters, ConnectionResolver.ProcessEnvironment());
        }
        catch (BackupException)
        {
            return null;
        }
    }

    /// <summary>The repository they name, else the usual one; null when there is none.</summary>
    public BackupRepository? FindRepository()
    {
        string? directory = ToAbsolute(Find<string>("Repository") ?? Commands.RepositoryCmdlet.DefaultRepository);
        return directory is null ? null : new BackupRepository(new DiskStorage(directory), static _ => { });
    }

    private T? Find<T>(string name) => bound[name] is { } value && LanguagePrimitives.TryConvertTo(value, out T result) ? result : default;

    private string? FindPath(string name) => Find<string>(name) switch
    {
        null => null,
        "system" => "system",
        { } file => ToAbsolute(file),
    };

    // A completer is handed no session: the one it runs in is asked for through the thread's runspace.
    private static string? ToAbsolute(string text)
    {
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        SessionState session = shell.AddScript("$ExecutionContext.SessionState", useLocalScope: true).Invoke<SessionState>().Single();
        try
        {
            return new PathConversion(session).ToAbsolute(text);
        }
        catch (BackupException)
        {
            return null;
        }
    }
}
