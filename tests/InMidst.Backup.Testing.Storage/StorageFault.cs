using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Testing.Storage;

/// <summary>Which calls fail, when and how.</summary>
/// <param name="Hits">True for the calls that fail.</param>
/// <param name="Moment">Before or after the call's effect.</param>
/// <param name="Failure">Makes the exception; null for a RepositoryUnavailable that may pass.</param>
public sealed record StorageFault(
    Func<StorageCall, bool> Hits, FaultMoment Moment = FaultMoment.Before, Func<StorageCall, Exception>? Failure = null)
{
    /// <summary>
    /// The process "dies" with this fault: disposing an unfinished upload after the first hit leaves it behind.
    /// Use it with <see cref="MemoryStorage"/>: on disk the file stays open, and so the upload counts as alive.
    /// </summary>
    public bool LeavesUploadsBehind { get; init; }

    /// <summary>Only the k-th call fails.</summary>
    public static StorageFault At(int number, FaultMoment moment = FaultMoment.Before, Func<StorageCall, Exception>? failure = null) =>
        new(call => call.Number == number, moment, failure);

    /// <summary>The k-th call and all after it fail: the storage is gone.</summary>
    public static StorageFault From(int number, FaultMoment moment = FaultMoment.Before, Func<StorageCall, Exception>? failure = null) =>
        new(call => call.Number >= number, moment, failure);

    /// <summary>As <see cref="From"/>, and no clean-up happens either: a kill -9 at the k-th call.</summary>
    public static StorageFault KillAt(int number, FaultMoment moment = FaultMoment.Before) =>
        From(number, moment) with { LeavesUploadsBehind = true };

    /// <summary>Every call on names that match fails.</summary>
    public static StorageFault On(
        Func<string, bool> name, FaultMoment moment = FaultMoment.Before, Func<StorageCall, Exception>? failure = null) =>
        new(call => name(call.Name), moment, failure);

    internal Exception Make(StorageCall call) => Failure?.Invoke(call) ?? new StorageException(
        ErrorIds.RepositoryUnavailable, $"Injected fault {Moment} call {call.Number}: {call.Operation} '{call.Name}'.",
        isPermanent: false, target: call.Name);
}
