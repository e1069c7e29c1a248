namespace InMidst.Backup.Help.Model;

/// <summary>A place to read on.</summary>
/// <param name="Text">The cmdlet or the title.</param>
/// <param name="Address">The web address, or null for one of our cmdlets.</param>
internal sealed record LinkHelp(string Text, string? Address);
