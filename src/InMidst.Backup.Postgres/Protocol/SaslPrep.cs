using System.Text;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>Brings passwords to the form of which the server holds the hash (RFC 4013).</summary>
internal static class SaslPrep
{
    /// <summary>The prepared password.</summary>
    public static string Prepare(string password) => Ascii.IsValid(password) ? password : password.Normalize(NormalizationForm.FormKC);
}
