namespace InMidst.Backup.Postgres.Restore;

/// <summary>Names that a user wants, in the way the user wrote them.</summary>
/// <param name="Text">What was written.</param>
/// <param name="Matches">Whether a name is meant.</param>
public sealed record NamePattern(string Text, Func<string, bool> Matches)
{
    /// <summary>Means one name.</summary>
    /// <param name="name">The name, as it is in the catalogue.</param>
    public static NamePattern Exactly(string name) => new(name, n => n == name);
}
