using System.Text.Json;
using System.Text.Json.Serialization;

namespace InMidst.Backup.Core.Repositories;

/// <summary>The content of a lock object (JSON, format 1). Unknown fields are ignored.</summary>
internal sealed record LockRecord
{
    internal const int CurrentFormat = 1;
    internal const int MaxLength = 1 << 20;

    public required int Format { get; init; }

    public required string Id { get; init; }

    /// <summary>False while its writer has not yet seen that it is alone.</summary>
    public required bool Held { get; init; }

    public required string Purpose { get; init; }

    public required LockOwner Owner { get; init; }

    /// <summary>By the owner's clock; for people.</summary>
    public required DateTimeOffset Acquired { get; init; }

    /// <summary>By the owner's clock; for people. Decisions rest on the storage's clock.</summary>
    public required DateTimeOffset Heartbeat { get; init; }

    /// <summary>Objects the owner may leave unfinished.</summary>
    public IReadOnlyList<string> Writing { get; init; } = [];

    /// <summary>Objects that dead owners before this one may have left, until they are known to be gone.</summary>
    public IReadOnlyList<string> Inherited { get; init; } = [];

    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, LockJsonContext.Default.LockRecord);

    /// <summary>The lock in the object, or null when it cannot be read: damaged, or of a later format.</summary>
    internal static LockRecord? TryParse(byte[] json)
    {
        try
        {
            LockRecord? record = JsonSerializer.Deserialize(json, LockJsonContext.Default.LockRecord);
            return record is { Format: CurrentFormat, Owner: not null, Id: not null, Writing: not null, Inherited: not null }
                ? record
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Generated serialization of <see cref="LockRecord"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(LockRecord))]
internal sealed partial class LockJsonContext : JsonSerializerContext;
