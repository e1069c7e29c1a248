namespace InMidst.Backup.Postgres.Script;

/// <summary>What a statement does, as far as executing a dump depends on it.</summary>
public enum StatementClass
{
    /// <summary>Anything else: DDL, comments on objects, grants …</summary>
    Other,

    /// <summary>Changes the session: SET, RESET, SELECT set_config(…). Not SET TRANSACTION and SET CONSTRAINTS.</summary>
    Setting,

    /// <summary>INSERT.</summary>
    Insert,

    /// <summary>SELECT setval(…).</summary>
    SequenceValue,

    /// <summary>SELECT of a large object function (lo_…, lowrite). It may need the transaction and descriptor of the one before.</summary>
    LargeObject,

    /// <summary>BEGIN, COMMIT, SAVEPOINT, SET TRANSACTION and their like.</summary>
    Transaction,
}
