namespace InMidst.Backup.Benchmarks.Contenders;

/// <summary>The temporary directory of all results. It is removed on disposal.</summary>
internal sealed class Workspace : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("midst-benchmark-");

    /// <summary>Its path.</summary>
    public string Path => _directory.FullName;

    /// <summary>A path in it, at which nothing is.</summary>
    public string Fresh(string name)
    {
        string path = At(name);
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        File.Delete(path);
        return path;
    }

    /// <summary>A path in it.</summary>
    public string At(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Bytes of a file, or of all files below a directory.</summary>
    public static long SizeOf(string path) => Directory.Exists(path)
        ? new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length)
        : new FileInfo(path).Length;

    /// <inheritdoc/>
    public void Dispose() => _directory.Delete(recursive: true);
}
