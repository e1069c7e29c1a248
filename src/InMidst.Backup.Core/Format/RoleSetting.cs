namespace InMidst.Backup.Core.Format;

/// <summary>A setting a role has in this database only.</summary>
/// <param name="Role">Role.</param>
/// <param name="Setting">"name=value".</param>
public sealed record RoleSetting(string Role, string Setting);
