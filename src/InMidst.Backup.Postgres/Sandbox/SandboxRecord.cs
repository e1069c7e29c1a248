using System.Text.Json.Serialization;
using InMidst.Backup.Core.Processes;

namespace InMidst.Backup.Postgres.Sandbox;

/// <summary>
/// sandbox.json: what other processes of the user need to list, remove or clean up a sandbox. The password is not in it.
/// It is written before anything else of the sandbox exists, and again when the server answers.
/// </summary>
internal sealed record SandboxRecord
{
    public required string Id { get; init; }

    public required int Major { get; init; }

    public required string Version { get; init; }

    public required string BinDirectory { get; init; }

    /// <summary>The account the server runs as, when it is not that of the process that made it.</summary>
    public string? RunAs { get; init; }

    public required DateTimeOffset Started { get; init; }

    public required ProcessIdentity Owner { get; init; }

    /// <summary>The processes that wait for the owner's end.</summary>
    public IReadOnlyList<ProcessIdentity> Keepers { get; init; } = [];

    public string HostName { get; init; } = "";

    public int Port { get; init; }

    public string Database { get; init; } = "postgres";

    public string UserName { get; init; } = "postgres";

    /// <summary>Whether the server has answered.</summary>
    public bool Ready { get; init; }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SandboxRecord))]
internal sealed partial class SandboxRecordContext : JsonSerializerContext;
