namespace InMidst.Backup.Postgres.Globals;

/// <summary>Which statements of a globals file a server gets.</summary>
internal sealed class GlobalsPlan
{
    private readonly GlobalsMode _mode;
    private readonly HashSet<string> _existing;
    private readonly HashSet<string> _protected;
    private readonly HashSet<string> _new;

    /// <summary>Plans.</summary>
    /// <param name="mode">Missing or All.</param>
    /// <param name="statements">The file.</param>
    /// <param name="server">What the server has.</param>
    /// <param name="needed">Roles and tablespaces that the dump needs; null where nobody knows, which means all.</param>
    public GlobalsPlan(GlobalsMode mode, IReadOnlyList<GlobalsStatement> statements, ServerGlobals server, (IEnumerable<string> Roles, IEnumerable<string> Tablespaces)? needed)
    {
        _mode = mode;
        _existing = [.. server.Roles];
        _protected = [.. server.Protected];
        bool all = mode == GlobalsMode.All || needed is null;
        NewTablespaces =
        [
            .. statements.Where(s => s.Kind == GlobalsKind.CreateTablespace && !server.Tablespaces.Contains(s.Name)
                && (all || needed!.Value.Tablespaces.Contains(s.Name))),
        ];
        HashSet<string> wanted = all ? [] : [.. needed!.Value.Roles, .. NewTablespaces.Select(t => t.Other)];
        NewRoles =
        [
            .. statements.Where(s => s.Kind == GlobalsKind.CreateRole && !_existing.Contains(s.Name) && (all || wanted.Contains(s.Name))).Select(s => s.Name),
        ];
        _new = [.. NewRoles];
        HashSet<string> tablespaces = [.. NewTablespaces.Select(t => t.Name)];
        RoleStatements = [.. statements.Where(Wants)];
        TablespaceStatements = [.. statements.Where(s => s.Kind == GlobalsKind.TablespaceDetail && tablespaces.Contains(s.Name) && IsThere(s.Other))];
        Unjoined = [.. statements.Where(s => s.Kind == GlobalsKind.Membership && _new.Contains(s.Other) && !IsThere(s.Name))];
    }

    /// <summary>Roles to create.</summary>
    public IReadOnlyList<string> NewRoles { get; }

    /// <summary>Tablespaces to create.</summary>
    public IReadOnlyList<GlobalsStatement> NewTablespaces { get; }

    /// <summary>Everything about roles, in the order of the file.</summary>
    public IReadOnlyList<GlobalsStatement> RoleStatements { get; }

    /// <summary>Options, grants and comments of the new tablespaces.</summary>
    public IReadOnlyList<GlobalsStatement> TablespaceStatements { get; }

    /// <summary>Memberships that new roles do not get, because there is no such group.</summary>
    public IReadOnlyList<GlobalsStatement> Unjoined { get; }

    private bool Wants(GlobalsStatement statement) => statement.Kind switch
    {
        GlobalsKind.CreateRole => _new.Contains(statement.Name),
        GlobalsKind.RoleAttributes or GlobalsKind.RoleDetail or GlobalsKind.ParameterPrivilege => Changes(statement.Name),
        GlobalsKind.Membership => Changes(statement.Other) && IsThere(statement.Name),
        _ => false,
    };

    /// <summary>A new role is made as it was; one that exists only where the user said All, and never the one that does it.</summary>
    private bool Changes(string role) => _new.Contains(role) || (_mode == GlobalsMode.All && _existing.Contains(role) && !_protected.Contains(role));

    private bool IsThere(string role) => role.Length == 0 || _new.Contains(role) || _existing.Contains(role);
}
