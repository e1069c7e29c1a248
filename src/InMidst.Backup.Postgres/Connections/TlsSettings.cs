namespace InMidst.Backup.Postgres.Connections;

/// <summary>The TLS part of an address, with libpq's default files (documentation, "SSL Support").</summary>
internal sealed record TlsSettings(PostgresSslMode Mode, string? RootCertificate, string? Certificate, string? Key)
{
    private const string SystemRoots = "system";

    private static readonly PostgresSslMode[] Modes = Enum.GetValues<PostgresSslMode>();

    /// <summary>Resolves mode and files; every file that is named is there, and a mode that verifies has something to verify against.</summary>
    public static TlsSettings Resolve(SettingLayers layers, ILocalMachine machine, bool usesTls)
    {
        string? directory = machine.IsWindows
            ? machine.ApplicationData is { } data ? Path.Combine(data, "postgresql") : null
            : machine.HomeDirectory is { } home ? Path.Combine(home, ".postgresql") : null;
        string? root = PickFile(LibpqKeywords.SslRootCertificate, nameof(ServerAddress.RootCertificate), "root.crt");
        string? certificate = PickFile(LibpqKeywords.SslCertificate, nameof(ServerAddress.Certificate), "postgresql.crt");
        string? key = PickFile(LibpqKeywords.SslKey, nameof(ServerAddress.Key), "postgresql.key");
        PostgresSslMode mode = PickMode(layers, root);
        if (usesTls)
            RequireRoots(mode, root, layers.Origins);

        // One file may hold both; a key without a certificate is of no use.
        return new TlsSettings(mode, root, certificate, certificate is null ? null : key ?? certificate);

        string? PickFile(string keyword, string property, string defaultName)
        {
            SettingLayers.Found? found = layers.Find(keyword);
            layers.Note(property, found);
            if (found is not null)
            {
                bool isThere = (keyword == LibpqKeywords.SslRootCertificate && found.Value == SystemRoots) || machine.FileExists(found.Value);
                return isThere ? found.Value : throw InvalidSettings.Because($"The {keyword} file '{found.Value}' ({found.Origin}) does not exist.");
            }

            return directory is not null && machine.FileExists(Path.Combine(directory, defaultName)) ? Path.Combine(directory, defaultName) : null;
        }
    }

    private static PostgresSslMode PickMode(SettingLayers layers, string? root)
    {
        string? word = layers.PickWord(LibpqKeywords.SslMode, nameof(ServerAddress.SslMode), [.. Modes.Select(ServerAddress.SslModeName)]);

        // As libpq 16 and later do: whoever asks for the machine's trust store wants the name checked too.
        return word is null
            ? root == SystemRoots ? PostgresSslMode.VerifyFull : PostgresSslMode.Prefer
            : Modes.Single(mode => ServerAddress.SslModeName(mode) == word);
    }

    private static void RequireRoots(PostgresSslMode mode, string? root, IReadOnlyDictionary<string, string> origins)
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
