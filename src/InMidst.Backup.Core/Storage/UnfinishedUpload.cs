namespace InMidst.Backup.Core.Storage;

/// <summary>An upload that was begun and neither completed nor abandoned: somebody is writing it, or died while doing so.</summary>
/// <param name="Name">The object it was to become; of a very long name perhaps the beginning only.</param>
/// <param name="Token">What the storage knows it by.</param>
/// <param name="Since">When it was begun or last written, by the storage's clock, in UTC.</param>
/// <param name="Length">Bytes it takes up; null where that would cost a call for each.</param>
public sealed record UnfinishedUpload(string Name, string Token, DateTimeOffset Since, long? Length);
