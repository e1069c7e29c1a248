namespace InMidst.Backup.Core.Storage.S3;

/// <summary>What a request is for: errors say it, with the right that it needs.</summary>
internal enum S3Operation
{
    List,
    Read,
    Write,
    Delete,
    ListUploads,
    ListParts,
    Abort,
    SetRetention,
    SetLegalHold,
    SetTags,
}
