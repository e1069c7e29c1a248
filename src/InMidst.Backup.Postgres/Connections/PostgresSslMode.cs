namespace InMidst.Backup.Postgres.Connections;

/// <summary>How much TLS a connection asks for; the meaning of each value is libpq's sslmode. Unix sockets never use TLS.</summary>
public enum PostgresSslMode
{
    /// <summary>Never TLS.</summary>
    Disable,

    /// <summary>TLS only where the server refuses a clear connection.</summary>
    Allow,

    /// <summary>TLS where the server offers it, else a clear connection. The default.</summary>
    Prefer,

    /// <summary>TLS or nothing. Checks the certificate's issuer as well when a root certificate is known.</summary>
    Require,

    /// <summary>TLS, and the certificate must be issued by a trusted root.</summary>
    VerifyCA,

    /// <summary>As VerifyCA, and the certificate must name the host.</summary>
    VerifyFull,
}
