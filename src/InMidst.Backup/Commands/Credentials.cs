using System.Management.Automation;
using System.Net;

namespace InMidst.Backup.Commands;

/// <summary>Makes PowerShell credentials.</summary>
internal static class Credentials
{
    public static PSCredential Make(string userName, string password) => new(userName, new NetworkCredential("", password).SecurePassword);
}
