using InMidst.Backup.Testing;

namespace InMidst.Backup.Cmdlets.Tests.Fixtures;

/// <summary>
/// Environment variables of the process for the time of a test. Classes that use it are in the collection
/// <see cref="Help.ProcessEnvironment"/>.
/// </summary>
internal sealed class EnvironmentScope : IDisposable
{
    private readonly Dictionary<string, string?> _before = [];

    /// <summary>Sets the variables; null removes one.</summary>
    public EnvironmentScope(IReadOnlyDictionary<string, string?> variables)
    {
        foreach ((string name, string? value) in variables)
        {
            _before[name] = Environment.GetEnvironmentVariable(name);
            Environment.SetEnvironmentVariable(name, value);
        }
    }

    /// <summary>The variables that lead to a server.</summary>
    public static Dictionary<string, string?> Of(PostgresServer server) => server.Environment.ToDictionary(v => v.Key, v => (string?)v.Value);

    public void Dispose()
    {
        foreach ((string name, string? value) in _before)
            Environment.SetEnvironmentVariable(name, value);
    }
}
