using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Postgres.Tests.Connections;

/// <summary>A machine with just the files a test gives it.</summary>
internal sealed class FakeMachine : ILocalMachine
{
    public Dictionary<string, string> Files { get; } = [];

    public HashSet<string> OpenFiles { get; } = [];

    public bool IsWindows { get; init; }

    public string UserName => "osuser";

    public string? HomeDirectory => IsWindows ? null : "/home/osuser";

    public string? ApplicationData => IsWindows ? "/appdata" : null;

    public bool FileExists(string path) => Files.ContainsKey(path);

    public string ReadText(string path) => Files[path];

    public bool IsOpenToOthers(string path) => OpenFiles.Contains(path);
}
