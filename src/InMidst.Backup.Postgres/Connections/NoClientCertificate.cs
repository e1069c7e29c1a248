using System.Security.Cryptography.X509Certificates;

namespace InMidst.Backup.Postgres.Connections;

/// <summary>
/// Keeps a client certificate that only the environment names out of a connection that was resolved without it. Npgsql looks into
/// PGSSLCERT and the home directory unless it is given a file, so it is given one that holds no certificate.
/// </summary>
internal static class NoClientCertificate
{
    /// <summary>Path of a file to name as certificate and to delete once the connection stands, or null where nothing could leak in.</summary>
    public static string? PathIfNeeded(ServerAddress address)
    {
        if (address.Certificate is not null || address.IsUnixSocket || address.SslMode == PostgresSslMode.Disable)
            return null;
        if (Environment.GetEnvironmentVariable("PGSSLCERT") is null)
            return null;

        // The ending decides how Npgsql reads the file.
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".pfx");
        using FileStream file = new(path, FileMode.CreateNew, FileAccess.Write);
        file.Write(new X509Certificate2Collection().Export(X509ContentType.Pkcs12)!);
        return path;
    }
}
