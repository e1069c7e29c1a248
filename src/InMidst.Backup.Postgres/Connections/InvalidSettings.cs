using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Postgres.Connections;

/// <summary>Makes the one exception for settings that cannot be used.</summary>
internal static class InvalidSettings
{
    /// <param name="message">Names the setting and where it comes from. Never its value where that may hold a password.</param>
    /// <param name="cause">The failure underneath.</param>
    public static BackupException Because(string message, Exception? cause = null) =>
        new(ErrorIds.InvalidConnectionSettings, message, cause);
}
