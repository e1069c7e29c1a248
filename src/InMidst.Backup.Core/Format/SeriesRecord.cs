using System.Text.Json.Serialization;

namespace InMidst.Backup.Core.Format;

/// <summary>The series a backup belongs to.</summary>
/// <param name="SystemIdentifier">The cluster's 64-bit identifier in decimal, or null where the server would not tell.</param>
/// <param name="Database">Database name.</param>
public sealed record SeriesRecord(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? SystemIdentifier, string Database);
