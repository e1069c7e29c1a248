namespace InMidst.Backup.Core.Repositories.Copying;

/// <summary>One object of a dump in the target.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Offset">Its first byte in the dump.</param>
/// <param name="Length">Its bytes.</param>
internal sealed record CopyPart(string Name, long Offset, long Length)
{
    /// <summary>The byte after its last in the dump.</summary>
    public long End => Offset + Length;
}
