namespace InMidst.Backup.Core.Storage;

/// <summary>One object of a storage as a listing shows it.</summary>
/// <param name="Name">Name relative to the storage's root, segments separated by '/', never starting with one.</param>
/// <param name="Length">Length in bytes.</param>
/// <param name="LastModified">When the object became visible, by the storage's clock, in UTC.</param>
public sealed record StorageEntry(string Name, long Length, DateTimeOffset LastModified);
