namespace InMidst.Backup.Core.Format;

/// <summary>A table's line in the manifest.</summary>
/// <param name="Schema">Schema.</param>
/// <param name="Name">Table.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Bytes">Bytes of COPY text.</param>
/// <param name="Checksum">The <see cref="ContentChecksum"/>.</param>
public sealed record ManifestTable(string Schema, string Name, long Rows, long Bytes, string Checksum);
