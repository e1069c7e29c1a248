namespace InMidst.Backup.Postgres.Globals;

/// <summary>What was created on a server for a restore.</summary>
/// <param name="Roles">Roles.</param>
/// <param name="Tablespaces">Tablespaces.</param>
internal sealed record CreatedGlobals(IReadOnlyList<string> Roles, IReadOnlyList<string> Tablespaces)
{
    /// <summary>Nothing.</summary>
    public static CreatedGlobals None { get; } = new([], []);
}
