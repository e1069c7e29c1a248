namespace InMidst.Backup.Core.Storage;

/// <summary>One object of a storage as a listing shows it.</summary>
/// <param name="Name">Name relative to the storage's root, segments separated by '/', never starting with one.</param>
/// <param name="Length">Length in bytes.</param>
/// <param name="LastModified">When the object became visible, by the storage's clock, in UTC.</param>
public sealed record StorageEntry(string Name, long Length, DateTimeOffset LastModified)
{
    /// <summary>
    /// What changes whenever the object does (an entity tag); null where the storage has nothing of the kind. Equal versions of one
    /// name are equal contents.
    /// </summary>
    public string? Version { get; init; }

    /// <summary>Until when the storage refuses to delete the object (S3 Object Lock), in UTC; only <see cref="IStorage.FindAsync"/> knows.</summary>
    public DateTimeOffset? LockedUntil { get; init; }

    /// <summary>Whether a legal hold forbids to delete the object; only <see cref="IStorage.FindAsync"/> knows.</summary>
    public bool HasLegalHold { get; init; }
}
