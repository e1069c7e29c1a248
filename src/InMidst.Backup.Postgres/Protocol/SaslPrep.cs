using System.Text;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>
/// Brings passwords to the form of which the server holds the hash (SASLprep, RFC 4013). As PostgreSQL does it, on both sides: what
/// cannot be prepared is used as it is.
/// </summary>
internal static class SaslPrep
{
    /// <summary>The prepared password, or the password itself.</summary>
    public static string Prepare(string password)
    {
        // Well-formed text only: half a character cannot be normalised.
        if (Ascii.IsValid(password) || password.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar))
            return password;
        var mapped = new StringBuilder(password.Length);
        foreach (Rune letter in password.EnumerateRunes())
        {
            if (StringPrepTables.Spaces.Contains(letter))
                mapped.Append(' ');
            else if (!StringPrepTables.Nothing.Contains(letter))
                mapped.Append(letter.ToString());
        }

        string prepared = mapped.ToString().Normalize(NormalizationForm.FormKC);
        return prepared.Length > 0 && IsAllowed([.. prepared.EnumerateRunes()]) ? prepared : password;
    }

    private static bool IsAllowed(Rune[] letters)
    {
        if (letters.Any(letter => Rune.IsControl(letter) || StringPrepTables.Prohibited.Contains(letter) || StringPrepTables.Unassigned.Contains(letter)))
            return false;

        // RFC 3454, 6: letters that run from right to left stand at both ends, and with none that runs the other way.
        return !letters.Any(StringPrepTables.RightToLeft.Contains)
            || (!letters.Any(StringPrepTables.LeftToRight.Contains)
                && StringPrepTables.RightToLeft.Contains(letters[0]) && StringPrepTables.RightToLeft.Contains(letters[^1]));
    }
}
