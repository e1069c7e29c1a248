namespace InMidst.Backup;

/// <summary>How TLS is used; the words are libpq's.</summary>
public enum MidstSslMode
{
    /// <summary>Never.</summary>
    Disable,

    /// <summary>Only if the server insists.</summary>
    Allow,

    /// <summary>If the server offers it.</summary>
    Prefer,

    /// <summary>Always, whoever the server is.</summary>
    Require,

    /// <summary>Always, with a certificate signed by a trusted authority.</summary>
    VerifyCA,

    /// <summary>Always, with a trusted certificate that names the host.</summary>
    VerifyFull,
}
