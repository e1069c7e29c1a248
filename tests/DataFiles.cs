namespace InMidst.Backup;

/// <summary>Where tests/data lies, seen from wherever the tests run.</summary>
internal static class DataFiles
{
    public static string Path(params string[] parts)
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(System.IO.Path.Combine(directory, "InMidst.Backup.sln")))
            directory = System.IO.Path.GetDirectoryName(directory)!;
        return System.IO.Path.Combine([directory, "tests", "data", .. parts]);
    }
}
