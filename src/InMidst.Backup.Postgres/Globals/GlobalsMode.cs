namespace InMidst.Backup.Postgres.Globals;

/// <summary>What a restore does with the roles and tablespaces that were backed up beside a dump.</summary>
public enum GlobalsMode
{
    /// <summary>Nothing: what the dump needs must be there.</summary>
    Skip = 0,

    /// <summary>Creates the roles and tablespaces that the dump needs and the server lacks.</summary>
    Missing = 1,

    /// <summary>Creates all that the server lacks, and gives those it has the attributes, settings and memberships of the backup.</summary>
    All = 2,
}
