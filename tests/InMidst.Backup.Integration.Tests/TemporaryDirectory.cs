namespace InMidst.Backup.Integration.Tests;

/// <summary>A directory of one test, gone with it.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public TemporaryDirectory() => Path = Directory.CreateTempSubdirectory("midst-test-").FullName;

    public string Path { get; }

    public string Sub(params string[] segments) => Directory.CreateDirectory(System.IO.Path.Combine([Path, .. segments])).FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
