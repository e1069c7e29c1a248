namespace InMidst.Backup.Core.Format;

/// <summary>An extension and the version the source had.</summary>
/// <param name="Name">Name.</param>
/// <param name="Version">Version.</param>
public sealed record ExtensionRequirement(string Name, string Version);
