namespace InMidst.Backup;

/// <summary>What was done about a finding.</summary>
public enum MidstRepairStatus
{
    /// <summary>Nothing: it was only listed (-WhatIf, or the answer was no).</summary>
    Found,

    /// <summary>It was removed.</summary>
    Removed,

    /// <summary>The manifest was made anew; the backup is listed again.</summary>
    Rebuilt,

    /// <summary>It was gone or in use by a living run by the time it was to be dealt with.</summary>
    Gone,

    /// <summary>Nothing can be done about it here; the description says what it is.</summary>
    CannotRepair,

    /// <summary>It was tried and failed; an error says why.</summary>
    Failed,
}
