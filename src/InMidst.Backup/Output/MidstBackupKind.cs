namespace InMidst.Backup;

/// <summary>Kinds of backups.</summary>
public enum MidstBackupKind
{
    /// <summary>A dump of one database, with a manifest that proves it.</summary>
    Dump,

    /// <summary>A plain dump another tool wrote; nothing is known of it before it is read.</summary>
    ForeignDump,
}
