using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Repositories;

/// <summary>One backup as a repository lists it.</summary>
public sealed record BackupRecord
{
    /// <summary>Unique in its repository.</summary>
    public required string Id { get; init; }

    /// <summary>The storage it lies in.</summary>
    public required IStorage Storage { get; init; }

    /// <summary>What opens it if it is encrypted; not owned.</summary>
    public AgeIdentities Identities { get; init; } = AgeIdentities.None;

    /// <summary>The dump's object; its first part when there are several.</summary>
    public required StorageEntry Data { get; init; }

    /// <summary>Bytes of the dump, all its parts together, as it is stored.</summary>
    public long Length => DataObjects is { Count: > 0 } parts ? parts.Sum(part => part.Length) : Data.Length;

    /// <summary>What the manifest says of the dump's parts, in order; empty where there is none, or where it came from the trailer.</summary>
    public IReadOnlyList<ObjectRecord> DataObjects => Manifest?.DataObjects ?? [];

    /// <summary>The manifest; null for a dump that other tools wrote, of which nothing is known before it is read.</summary>
    public BackupManifest? Manifest { get; init; }

    /// <summary>
    /// What is wrong with the manifest beside the data, in words; null when it is good or there is none. <see cref="Manifest"/> then
    /// comes from the dump's own trailer, or from the record of its removal.
    /// </summary>
    public string? ManifestProblem { get; init; }

    /// <summary>The last proof of exactly this data, if there is one.</summary>
    public VerificationProof? Proof { get; init; }

    /// <summary>The database: by manifest, else by the file's name, else null.</summary>
    public string? Database { get; init; }

    /// <summary>When it began: by manifest, else by the file's name, else when the file was last written.</summary>
    public required DateTimeOffset Started { get; init; }
}
