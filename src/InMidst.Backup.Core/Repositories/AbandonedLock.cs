namespace InMidst.Backup.Core.Repositories;

/// <summary>A lock whose owner died, taken over by the next one.</summary>
/// <param name="Owner">Who held it; null when the lock object could not be read.</param>
/// <param name="Purpose">What it was doing; empty when unknown.</param>
/// <param name="Since">When it was taken, by its owner's clock; when the object was last written if it could not be read.</param>
/// <param name="Names">
/// Objects it, or dead owners before it, may have left unfinished or without their manifest. It may as well have finished
/// them and died while releasing the lock, so what has its manifest is a backup and must stay.
/// </param>
public sealed record AbandonedLock(LockOwner? Owner, string Purpose, DateTimeOffset Since, IReadOnlyList<string> Names);
