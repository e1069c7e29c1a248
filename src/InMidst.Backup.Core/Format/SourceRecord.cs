using System.Text.Json.Serialization;

namespace InMidst.Backup.Core.Format;

/// <summary>The server a backup came from.</summary>
/// <param name="Host">Host name, address or socket directory as it was reached.</param>
/// <param name="Port">Port.</param>
/// <param name="ServerVersion">The server's own words, such as "15.18 (Debian 15.18-0+deb12u1)".</param>
/// <param name="ServerVersionNumber">server_version_num, such as 150018.</param>
public sealed record SourceRecord(string Host, int Port, string ServerVersion, int ServerVersionNumber)
{
    /// <summary>The server's major version.</summary>
    [JsonIgnore]
    public int Major => ServerVersionNumber / 10000;
}
