namespace InMidst.Backup.Testing.Storage;

/// <summary>One call that reached a <see cref="FaultyStorage"/>.</summary>
/// <param name="Number">From 1, in the order of arrival.</param>
/// <param name="Operation">What was asked.</param>
/// <param name="Name">The object's, pointer's or prefix's name; empty for the root.</param>
public sealed record StorageCall(int Number, StorageOperation Operation, string Name);
