namespace InMidst.Backup.Core.Errors;

/// <summary>
/// A stable name of one way to fail. Scripts test for it, so a name is never reused with another meaning.
/// All of them stand in <see cref="ErrorIds"/>.
/// </summary>
/// <param name="Name">PascalCase, no punctuation. PowerShell shows it as the first part of FullyQualifiedErrorId.</param>
/// <param name="Kind">The sort of failure.</param>
/// <param name="Guidance">What the user can do about it; shown as the recommended action unless the thrower knows better.</param>
public sealed record ErrorId(string Name, ErrorKind Kind, string Guidance)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}
