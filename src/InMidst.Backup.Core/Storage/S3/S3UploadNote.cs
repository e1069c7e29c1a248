using System.Text.Json;
using System.Text.Json.Serialization;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>
/// What is noted in the bucket (JSON) of an upload that a later run may take over: the server tells nobody what an unfinished upload is
/// to become. Unknown fields are ignored.
/// </summary>
internal sealed record S3UploadNote
{
    /// <summary>The server's name of the upload.</summary>
    public required string Upload { get; init; }

    /// <summary>The mark its object will bear.</summary>
    public required string Mark { get; init; }

    /// <summary>The run that writes it now, or did so last.</summary>
    public required string Run { get; init; }

    /// <summary>What the object is given, as far as it cannot be changed later (<see cref="S3ObjectProperties.FingerprintOf"/>).</summary>
    public required string Properties { get; init; }

    /// <summary>Until when it will be locked; that can be put off, never brought forward.</summary>
    public DateTimeOffset? LockUntil { get; init; }

    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, S3UploadNoteContext.Default.S3UploadNote);

    /// <summary>The note, or null when it cannot be read.</summary>
    internal static S3UploadNote? TryParse(byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, S3UploadNoteContext.Default.S3UploadNote) is
                { Upload: not null, Mark: not null, Run: not null, Properties: not null } note
                ? note
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Generated serialization of <see cref="S3UploadNote"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(S3UploadNote))]
internal sealed partial class S3UploadNoteContext : JsonSerializerContext;
