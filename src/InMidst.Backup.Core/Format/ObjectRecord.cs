namespace InMidst.Backup.Core.Format;

/// <summary>One file of a backup.</summary>
/// <param name="Role">"data" or "globals".</param>
/// <param name="Name">Object name in the repository.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">64 lower-case hex digits.</param>
public sealed record ObjectRecord(string Role, string Name, long Length, string Sha256)
{
    /// <summary>Role of the objects that hold the dump.</summary>
    public const string Data = "data";

    /// <summary>Role of the object that holds roles and tablespaces.</summary>
    public const string Globals = "globals";
}
