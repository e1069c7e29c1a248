namespace InMidst.Backup.Postgres.Globals;

/// <summary>What a statement of a globals file is about.</summary>
internal enum GlobalsKind
{
    /// <summary>A setting of the session, or something newer than this code.</summary>
    Other,

    /// <summary>CREATE ROLE.</summary>
    CreateRole,

    /// <summary>ALTER ROLE … WITH.</summary>
    RoleAttributes,

    /// <summary>ALTER ROLE … SET, a comment or a label on a role.</summary>
    RoleDetail,

    /// <summary>GRANT of a role to a role.</summary>
    Membership,

    /// <summary>GRANT or REVOKE ON PARAMETER; the name is the grantee's.</summary>
    ParameterPrivilege,

    /// <summary>CREATE TABLESPACE.</summary>
    CreateTablespace,

    /// <summary>Anything else on a tablespace.</summary>
    TablespaceDetail,
}
