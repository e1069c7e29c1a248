namespace InMidst.Backup.Core.Repositories;

/// <summary>One backup, wherever it lies.</summary>
public sealed record CatalogBackup
{
    /// <summary>Makes it.</summary>
    /// <param name="copies">At least one; nearest first.</param>
    public CatalogBackup(IReadOnlyList<BackupRecord> copies) => Copies = copies;

    /// <summary>Its id.</summary>
    public string Id => Nearest.Id;

    /// <summary>Where it lies: copies with the same id and content, nearest first.</summary>
    public IReadOnlyList<BackupRecord> Copies { get; }

    /// <summary>The copy to be read first.</summary>
    public BackupRecord Nearest => Copies[0];
}
