namespace InMidst.Backup.Testing.Storage;

/// <summary>The calls that <see cref="FaultyStorage"/> counts. Disposing is not one: it cannot fail.</summary>
public enum StorageOperation
{
    Initialize,
    BeginPut,
    Write,
    Complete,
    OpenRead,
    Read,
    Find,
    List,
    Delete,
    SetPointer,
    DeletePointer,
    ListUnfinishedUploads,
    RemoveUnfinishedUpload,
}
