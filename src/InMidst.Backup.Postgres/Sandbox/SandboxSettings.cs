using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Postgres.Sandbox;

/// <summary>
/// The lines a sandbox adds to postgresql.conf. Its data need not survive a crash of the machine, so everything that
/// waits for the disk is off.
/// </summary>
internal static partial class SandboxSettings
{
    private static readonly (string Name, string Value)[] Always =
    [
        ("fsync", "off"),
        ("synchronous_commit", "off"),
        ("full_page_writes", "off"),
        ("shared_buffers", "128MB"),
        ("maintenance_work_mem", "128MB"),
        ("max_connections", "50"),
        ("max_wal_size", "2GB"),
        ("checkpoint_timeout", "30min"),
        ("huge_pages", "off"),
        ("jit", "off"),
        ("password_encryption", "scram-sha-256"),
        ("logging_collector", "off"),
        ("log_destination", "stderr"),
        ("log_min_messages", "warning"),
        // The log is read by us when a start fails.
        ("lc_messages", "C"),
        // A failing statement may hold data; the client is told anyway.
        ("log_min_error_statement", "panic"),
    ];

    private const long Mebibyte = 1L << 20;

    private static readonly (string Name, string Value)[] Proof =
    [
        ("wal_level", "minimal"),
        ("max_wal_senders", "0"),
        ("archive_mode", "off"),
        // A checkpoint is worth nothing here, but bounds the log on the disk, however much is restored. Segments that are deleted while
        // they are in the page cache never reach the disk.
        ("checkpoint_timeout", "1d"),
        ("max_wal_size", "4GB"),
        ("wal_recycle", "off"),
        ("wal_init_zero", "off"),
        ("bgwriter_lru_maxpages", "0"),
        ("autovacuum", "off"),
        // Of use to autovacuum only.
        ("track_counts", "off"),
        ("update_process_title", "off"),
        // Room for -ThrottleLimit 64.
        ("max_connections", "80"),
        ("shared_preload_libraries", ""),
        ("session_preload_libraries", ""),
        ("max_logical_replication_workers", "0"),
    ];

    private static readonly (string Name, string Value)[] Interactive =
    [
        ("wal_level", "logical"),
        ("max_wal_senders", "10"),
        ("max_replication_slots", "10"),
    ];

    /// <summary>The text to append.</summary>
    /// <param name="options">What the caller wants beyond ours.</param>
    /// <param name="socketDirectory">The directory of the Unix socket, or null to listen on 127.0.0.1.</param>
    /// <exception cref="BackupException"><see cref="ErrorIds.InvalidArgument"/>: the name or value of a setting cannot be one.</exception>
    public static string Text(SandboxOptions options, string? socketDirectory)
    {
        var text = new StringBuilder("\n");
        IEnumerable<(string Name, string Value)> settings =
        [
            .. Always,
            .. options.ForProof ? [.. Proof, ("maintenance_work_mem", SortMemory())] : Interactive,
            .. Listening(socketDirectory),
            .. options.Settings.Select(setting => (setting.Key, setting.Value)),
        ];
        foreach ((string name, string value) in settings)
            Add(text, name, value);
        return text.ToString();
    }

    /// <summary>The line that sets the port. The last one in the file is the one that counts.</summary>
    public static string Port(int port) => string.Create(CultureInfo.InvariantCulture, $"port = {port}\n");

    /// <summary>
    /// maintenance_work_mem of a server for proofs: an eighth of the machine's memory, or of what a container may have, for all that sort at
    /// once, from 16 to 512 MiB each.
    /// </summary>
    /// <param name="available">Bytes of memory.</param>
    /// <param name="sessions">Sessions that sort at once.</param>
    internal static string SortMemory(long available, int sessions) => string.Create(CultureInfo.InvariantCulture,
        $"{Math.Clamp(available / 8 / sessions, 16 * Mebibyte, 512 * Mebibyte) / Mebibyte}MB");

    // As many as a restore has by default.
    private static string SortMemory() =>
        SortMemory(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, Math.Clamp(Environment.ProcessorCount, 2, 8));

    private static IEnumerable<(string Name, string Value)> Listening(string? socketDirectory)
    {
        yield return ("listen_addresses", socketDirectory is null ? "127.0.0.1" : "");
        yield return ("unix_socket_directories", socketDirectory ?? "");
        if (socketDirectory is not null)
            yield return ("unix_socket_permissions", "0700");
    }

    private static void Add(StringBuilder text, string name, string value)
    {
        if (!SettingName().IsMatch(name))
            throw new BackupException(ErrorIds.InvalidArgument, $"'{name}' is not the name of a server setting.");
        if (value.AsSpan().ContainsAny('\n', '\r', '\0'))
            throw new BackupException(ErrorIds.InvalidArgument, $"The value of the server setting '{name}' has more than one line.");
        // guc-file.l: inside quotes a backslash escapes and a quote is doubled.
        string quoted = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal);
        text.Append(CultureInfo.InvariantCulture, $"{name} = '{quoted}'\n");
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex SettingName();
}
