namespace InMidst.Backup.Core.Storage;

/// <summary>What a storage can do beyond the contract; asked instead of testing for a type.</summary>
/// <param name="Location">What the user calls it: an absolute path or a URI. Never holds a secret.</param>
/// <param name="GroupsByDatabase">True when each database's objects lie under a prefix of their own (S3), false when all lie side by side (disk).</param>
/// <param name="SupportsPointers">True when <see cref="IStorage.SetPointerAsync"/> makes something a person can open.</param>
public sealed record StorageProperties(string Location, bool GroupsByDatabase, bool SupportsPointers)
{
    /// <summary>True when the objects lie on another machine: of equal copies a near one is read.</summary>
    public bool IsRemote { get; init; }

    /// <summary>Bytes one object may have; null without a limit. What is longer is written as several (<see cref="Format.BackupName.Part"/>).</summary>
    public long? MaximumObjectLength { get; init; }

    /// <summary>
    /// True when <see cref="PutMode.Resume"/> goes on with what an unfinished upload left. Otherwise that is of no use, and stays until it
    /// is removed.
    /// </summary>
    public bool ResumesUploads { get; init; }

    /// <summary>What a user calls an object: its path or URI.</summary>
    /// <param name="name">The object's name.</param>
    public string PathOf(string name) => IsRemote ? $"{Location}/{name}" : Path.Combine(Location, name);
}
