namespace InMidst.Backup.Core.Tests.Storage.S3;

/// <summary>
/// Environment variables for one test; those of AWS that the machine has are hidden, and so are its configuration files and its role.
/// The environment is the whole process's: such tests run alone.
/// </summary>
internal sealed class EnvironmentScene : IDisposable
{
    /// <summary>The collection of tests that run alone.</summary>
    public const string Alone = "Environment";

    private readonly Dictionary<string, string?> _before = [];
    private readonly TemporaryDirectory _directory = new();

    public EnvironmentScene()
    {
        foreach (string name in Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(name => name.StartsWith("AWS_", StringComparison.Ordinal)).ToList())
            Set(name, null);
        Set("AWS_EC2_METADATA_DISABLED", "true");
        Set("AWS_SHARED_CREDENTIALS_FILE", CredentialsFile);
        Set("AWS_CONFIG_FILE", _directory.At("config"));
    }

    public string CredentialsFile => _directory.At("credentials");

    public string At(string name) => _directory.At(name);

    public void Set(string name, string? value)
    {
        _before.TryAdd(name, Environment.GetEnvironmentVariable(name));
        Environment.SetEnvironmentVariable(name, value);
    }

    public void Dispose()
    {
        foreach ((string name, string? value) in _before)
            Environment.SetEnvironmentVariable(name, value);
        _directory.Dispose();
    }
}
