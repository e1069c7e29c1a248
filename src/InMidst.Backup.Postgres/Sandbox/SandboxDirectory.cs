using System.Text.Json;

namespace InMidst.Backup.Postgres.Sandbox;

/// <summary>
/// The directory of one sandbox. It belongs to us, with sandbox.json in it; its subdirectory pg belongs to the account the
/// server runs as, and nobody else enters it. When we are root, that account owns nothing above pg and cannot forge the record.
/// </summary>
internal sealed record SandboxDirectory(string Path)
{
    public string Id => System.IO.Path.GetFileName(Path);

    /// <summary>What the server's account owns: data, log and socket.</summary>
    public string Server => System.IO.Path.Combine(Path, "pg");

    public string Data => System.IO.Path.Combine(Server, "data");

    public string Log => System.IO.Path.Combine(Server, "server.log");

    private string RecordFile => System.IO.Path.Combine(Path, "sandbox.json");

    /// <summary>The record, or null when there is none yet or the directory has just gone.</summary>
    public SandboxRecord? ReadRecord()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(RecordFile), SandboxRecordContext.Default.SandboxRecord);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes the record in one step: a reader sees the old one or the new one.</summary>
    public void WriteRecord(SandboxRecord record)
    {
        string next = RecordFile + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(next, options))
            JsonSerializer.Serialize(file, record, SandboxRecordContext.Default.SandboxRecord);
        File.Move(next, RecordFile, overwrite: true);
    }

    /// <summary>The end of the server's log, for an error message.</summary>
    public string LogTail()
    {
        const int Lines = 20;
        return File.Exists(Log) ? string.Join('\n', File.ReadLines(Log).TakeLast(Lines)) : "";
    }
}
