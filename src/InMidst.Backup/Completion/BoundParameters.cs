using System.Collections;
using System.Management.Automation;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Repositories;

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

    /// <summary>The backups of the repositories they name, else of the usual ones, oldest first; those of repositories that answer in time.</summary>
    public IReadOnlyList<BackupRecord> FindBackups()
    {
        try
        {
            S3Way s3 = FindS3().Choose();
            string[] locations = [.. RepositoryDefaults.Choose(Find<string[]>("Repository")).Select(r => ToAbsolute(r.Text, c => c.ToRepository)).OfType<string>()];
            return [.. TabCompletion.AskAll(locations, (location, token) => ListAsync(location, s3, token)).OrderBy(b => b.Started)];
        }
        catch (BackupException)
        {
            return [];
        }
    }

    private static async Task<IReadOnlyList<BackupRecord>> ListAsync(string location, S3Way s3, CancellationToken cancellationToken)
    {
        using var access = new RepositoryAccess(s3, s3, maximumRate: null, TimeProvider.System, static _ => { }, static _ => { });
        var repository = new BackupRepository(
            await access.OpenAsync(location, isForWriting: false, cancellationToken).ConfigureAwait(false), static _ => { }, cache: UserCache.Open(TimeProvider.System));
        return await repository.ListAsync(cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
    }

    private S3Connecting FindS3() => new()
    {
        Endpoint = Find<string>("S3Endpoint"),
        Region = Find<string>("S3Region"),
        Profile = Find<string>("S3Profile"),
        Credential = Find<PSCredential>("S3Credential"),
        RoleArn = Find<string>("S3RoleArn"),
        CaCertificate = FindPath("S3CaCertificate"),
        PathStyle = Find<bool?>("S3PathStyle"),
    };

    private T? Find<T>(string name) => bound[name] is { } value && LanguagePrimitives.TryConvertTo(value, out T result) ? result : default;

    private string? FindPath(string name) => Find<string>(name) switch
    {
        null => null,
        "system" => "system",
        { } file => ToAbsolute(file, c => c.ToAbsolute),
    };

    // A completer is handed no session: the one it runs in is asked for through the thread's runspace.
    private static string? ToAbsolute(string text, Func<PathConversion, Func<string, string>> how)
    {
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        SessionState session = shell.AddScript("$ExecutionContext.SessionState", useLocalScope: true).Invoke<SessionState>().Single();
        try
        {
            return how(new PathConversion(session))(text);
        }
        catch (BackupException)
        {
            return null;
        }
    }
}
