namespace InMidst.Backup.Postgres.Protocol;

/// <summary>What an Authentication message asks for (PostgreSQL documentation, "Message Formats").</summary>
internal static class AuthenticationMethod
{
    public const int Ok = 0;
    public const int ClearText = 3;
    public const int Md5 = 5;
    public const int Gss = 7;
    public const int Sspi = 9;
    public const int Sasl = 10;
    public const int SaslContinue = 11;
    public const int SaslFinal = 12;
}
