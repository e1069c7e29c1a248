namespace InMidst.Backup.Postgres.Connections;

/// <summary>The TLS part of an address, with libpq's default files (documentation, "SSL Support").</summary>
internal sealed record TlsSettings(PostgresSslMode Mode, string? RootCertificate, string? Certificate, string? Key)
{
    private const string SystemRoots = "system";

    /// <summary>Resolves mode and files; every file that is named is there, and a mode that verifies has something to verify against.</summary>
    public static TlsSettings Resolve(SettingLayers layers, Dictionary<string, string> origins, ILocalMachine machine, bool usesTls)
    {
        string? directory = machine.IsWindows
            ? machine.ApplicationData is { } data ? Path.Combine(data, "postgresql") : null
            : machine.HomeDirectory is { } home ? Path.Combine(home, ".postgresql") : null;
        string? root = PickFile(LibpqKeywords.SslRootCertificate, nameof(ServerAddress.RootCertificate), "root.crt");
        string? certificate = PickFile(LibpqKeywords.SslCertificate, nameof(ServerAddress.Certificate), "postgresql.crt");
        string? key = PickFile(LibpqKeywords.SslKey, nameof(ServerAddress.Key), "postgresql.key");
        PostgresSslMode mode = PickMode(layers, origins, root);
        if (usesTls)
            RequireRoots(mode, root, origins);

        // One file may hold both; a key without a certificate is of no use.
        return new TlsSettings(mode, root, certificate, certificate is null ? null : key ?? certificate);

        string? PickFile(string keyword, string property, string defaultName)
        {
            if (layers.Find(keyword) is { } found)
            {
                origins[property] = found.Origin;
                bool isThere = (keyword == LibpqKeywords.SslRootCertificate && found.Value == SystemRoots) || machine.FileExists(found.Value);
                return isThere ? found.Value : throw InvalidSettings.Because($"The {keyword} file '{found.Value}' ({found.Origin}) does not exist.");
            }

            origins[property] = "default";
            return directory is not null && machine.FileExists(Path.Combine(directory, defaultName)) ? Path.Combine(directory, defaultName) : null;
        }
    }

    private static PostgresSslMode PickMode(SettingLayers layers, Dictionary<string, string> origins, string? root)
    {
        SettingLayers.Found? found = layers.Find(LibpqKeywords.SslMode);
        origins[nameof(ServerAddress.SslMode)] = found?.Origin ?? "default";
        return found?.Value switch
        {
            // As libpq 16 and later do: whoever asks for the machine's trust store wants the name checked too.
            null => root == SystemRoots ? PostgresSslMode.VerifyFull : PostgresSslMode.Prefer,
            "disable" => PostgresSslMode.Disable,
            "allow" => PostgresSslMode.Allow,
            "prefer" => PostgresSslMode.Prefer,
            "require" => PostgresSslMode.Require,
            "verify-ca" => PostgresSslMode.VerifyCA,
            "verify-full" => PostgresSslMode.VerifyFull,
            _ => throw InvalidSettings.Because(
                $"The sslmode ({found!.Value.Origin}) must be disable, allow, prefer, require, verify-ca or verify-full."),
        };
    }

    private static void RequireRoots(PostgresSslMode mode, string? root, Dictionary<string, string> origins)
    {
        if (root == SystemRoots && mode != PostgresSslMode.VerifyFull)
            throw InvalidSettings.Because($"A root certificate of 'system' ({origins[nameof(ServerAddress.RootCertificate)]}) needs sslmode verify-full.");
        if (root is null && mode is PostgresSslMode.VerifyCA or PostgresSslMode.VerifyFull)
        {
            throw InvalidSettings.Because(
                $"The sslmode {ServerAddress.SslModeName(mode)} ({origins[nameof(ServerAddress.SslMode)]}) needs a root certificate: "
                + "name it with -SslRootCertificate or PGSSLROOTCERT ('system' for the machine's trust store), or put it at ~/.postgresql/root.crt.");
        }
    }
}
