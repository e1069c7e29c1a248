using System.Net;
using System.Text;
using System.Xml.Linq;

namespace InMidst.Backup.Testing;

/// <summary>What an S3 server said.</summary>
/// <param name="Request">What was asked, for messages.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Headers">All headers; names in any case.</param>
/// <param name="Body">The body.</param>
public sealed record S3Answer(string Request, HttpStatusCode Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>The body as XML.</summary>
    public XElement Xml => XElement.Parse(Encoding.UTF8.GetString(Body));

    /// <summary>The code of a refusal, such as <c>AccessDenied</c>; nothing where the body has none.</summary>
    public string Code => Body.Length > 0 && (int)Status >= 300 ? Xml.Element("Code")?.Value ?? "" : "";

    internal S3Answer ThrowIfRefused() => (int)Status < 300
        ? this
        : throw new S3ServerException($"{Request} was answered with {(int)Status}: {Encoding.UTF8.GetString(Body)}");
}
