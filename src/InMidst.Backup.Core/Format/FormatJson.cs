using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Format;

/// <summary>The JSON of manifests, indexes and proofs: camelCase, unknown fields ignored, newer formats refused.</summary>
public static class FormatJson
{
    // By reflection, not generated code: that sets every init property, to null where the field is missing, and so loses the
    // value an older file means by leaving a field out.
    private static readonly JsonSerializerOptions Compact = new()
    {
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false) },
    };

    private static readonly JsonSerializerOptions Indented = new(Compact) { WriteIndented = true, NewLine = "\n" };

    /// <summary>Writes a manifest.</summary>
    public static byte[] Write(BackupManifest manifest) => JsonSerializer.SerializeToUtf8Bytes(manifest, Indented);

    /// <summary>Writes a proof.</summary>
    public static byte[] Write(VerificationProof proof) => JsonSerializer.SerializeToUtf8Bytes(proof, Indented);

    /// <summary>Writes an index, without white space.</summary>
    public static byte[] Write(DumpIndex index) => JsonSerializer.SerializeToUtf8Bytes(index, Compact);

    /// <summary>Reads a manifest; <see cref="ErrorIds.ManifestCorrupt"/> or <see cref="ErrorIds.FormatTooNew"/> when it cannot be.</summary>
    /// <param name="json">The file's bytes.</param>
    /// <param name="name">The object's name, for messages.</param>
    public static BackupManifest ReadManifest(ReadOnlySpan<byte> json, string name)
    {
        CheckFormat(json, name, ErrorIds.ManifestCorrupt);
        BackupManifest manifest = Read<BackupManifest>(json, name, ErrorIds.ManifestCorrupt);

        // What the serializer cannot check: null among the elements of a list.
        return manifest.Objects.Contains(null!) || manifest.Tables.Contains(null!)
            ? throw new BackupException(ErrorIds.ManifestCorrupt, $"{name} lists nothing where it should list something.", target: name)
            : manifest;
    }

    /// <summary>Reads an index; <see cref="ErrorIds.BackupCorrupt"/> or <see cref="ErrorIds.FormatTooNew"/> when it cannot be.</summary>
    /// <param name="json">The decompressed JSON.</param>
    /// <param name="name">The dump's name, for messages.</param>
    public static DumpIndex ReadIndex(ReadOnlySpan<byte> json, string name)
    {
        CheckFormat(json, name, ErrorIds.BackupCorrupt);
        return Read<DumpIndex>(json, name, ErrorIds.BackupCorrupt);
    }

    /// <summary>Reads a proof, or null when it is damaged or newer: a proof is information, never needed.</summary>
    public static VerificationProof? ReadProof(ReadOnlySpan<byte> json)
    {
        try
        {
            VerificationProof? proof = JsonSerializer.Deserialize<VerificationProof>(json, Compact);
            return proof?.Format is >= 1 and <= BackupManifest.CurrentFormat ? proof : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // The version is looked at before anything else is bound: a newer format may have other required fields.
    private static void CheckFormat(ReadOnlySpan<byte> json, string name, ErrorId corrupt)
    {
        FormatStamp stamp = Read<FormatStamp>(json, name, corrupt);
        if (stamp.Format > BackupManifest.CurrentFormat)
        {
            throw new BackupException(ErrorIds.FormatTooNew,
                $"{name} has format {stamp.Format}; this version reads up to {BackupManifest.CurrentFormat}.", target: name);
        }

        if (stamp.Format < 1)
            throw new BackupException(corrupt, $"{name} does not say which format it has.", target: name);
    }

    private static T Read<T>(ReadOnlySpan<byte> json, string name, ErrorId corrupt)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Compact)
                ?? throw new BackupException(corrupt, $"{name} is empty.", target: name);
        }
        catch (JsonException e)
        {
            throw new BackupException(corrupt, $"{name} cannot be read: {e.Message}", e, target: name);
        }
    }

    /// <summary>The only field every format has.</summary>
    private sealed record FormatStamp
    {
        public int Format { get; init; }
    }
}
