using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;

#pragma warning disable CA5351 // the protocol's MD5

namespace InMidst.Backup.Core.Tests.Storage.S3;

internal sealed partial class FakeS3Server
{
    /// <summary>Removes all unfinished uploads, as a rule of the bucket does.</summary>
    public void ForgetUploads()
    {
        lock (_gate)
            _uploads.Clear();
    }

    private HttpResponseMessage Begin(FakeRequest asked)
    {
        string id = $"upload-{++_ids}";
        _uploads[id] = new FakeUpload(asked.Key, Now, KeptHeaders(asked, DropsHeadersOfUploads));
        return Xml(new XElement("InitiateMultipartUploadResult", new XElement("UploadId", id), new XElement("Key", asked.Key)));
    }

    private HttpResponseMessage PutPart(FakeRequest asked)
    {
        if (Refuses(asked, false) is { } refusal)
            return refusal;
        if (!_uploads.TryGetValue(asked.Query["uploadId"]!, out FakeUpload? upload))
            return Error(HttpStatusCode.NotFound, "NoSuchUpload");
        upload.Parts[int.Parse(asked.Query["partNumber"]!, CultureInfo.InvariantCulture)] = asked.Content;
        return Tagged(new HttpResponseMessage(HttpStatusCode.OK), Tag(asked.Content));
    }

    private HttpResponseMessage Complete(FakeRequest asked)
    {
        if (!_uploads.TryGetValue(asked.Query["uploadId"]!, out FakeUpload? upload))
            return Error(HttpStatusCode.NotFound, "NoSuchUpload");
        if (Refuses(asked, ConditionalCompletion) is { } refusal)
            return refusal;
        XElement[] named = [.. XElement.Parse(Encoding.UTF8.GetString(asked.Content)).Elements()];
        var parts = new List<byte[]>();
        foreach (XElement part in named)
        {
            string Value(string name) => part.Elements().Single(element => element.Name.LocalName == name).Value;
            if (!upload.Parts.TryGetValue(int.Parse(Value("PartNumber"), CultureInfo.InvariantCulture), out byte[]? sent) || Value("ETag").Trim('"') != Tag(sent))
                return Error(HttpStatusCode.BadRequest, "InvalidPart");
            parts.Add(sent);
        }

        byte[] content = [.. parts.SelectMany(part => part)];
        byte[] hashes = [.. parts.SelectMany(MD5.HashData)];
        _objects[asked.Key] = new FakeObject(content, $"{Tag(hashes)}-{parts.Count}", Now, upload.Headers);
        _uploads.Remove(asked.Query["uploadId"]!);
        return Xml(new XElement("CompleteMultipartUploadResult", new XElement("ETag", "")));
    }

    private HttpResponseMessage ListParts(FakeRequest asked)
    {
        if (!_uploads.TryGetValue(asked.Query["uploadId"]!, out FakeUpload? upload))
            return Error(HttpStatusCode.NotFound, "NoSuchUpload");
        int after = int.Parse(asked.Query["part-number-marker"] ?? "0", CultureInfo.InvariantCulture);
        KeyValuePair<int, byte[]>[] found = [.. upload.Parts.Where(part => part.Key > after)];
        KeyValuePair<int, byte[]>[] page = [.. found.Take(PageLength)];
        return Xml(new XElement(
            "ListPartsResult",
            new XElement("IsTruncated", found.Length > page.Length),
            new XElement("NextPartNumberMarker", page.Length == 0 ? 0 : page[^1].Key),
            page.Select(part => new XElement(
                "Part", new XElement("PartNumber", part.Key), new XElement("Size", part.Value.Length), new XElement("ETag", $"\"{Tag(part.Value)}\"")))));
    }

    private HttpResponseMessage ListUploads(FakeRequest asked)
    {
        string after = asked.Query["upload-id-marker"] ?? "";
        var found = _uploads.Where(pair => pair.Value.Key.StartsWith(asked.Query["prefix"] ?? "", StringComparison.Ordinal)
            && string.CompareOrdinal(pair.Key, after) > 0).OrderBy(pair => pair.Key, StringComparer.Ordinal).ToList();
        return Xml(new XElement(
            "ListMultipartUploadsResult",
            new XElement("IsTruncated", found.Count > PageLength),
            found.Count > PageLength && !ForgetsContinuations
                ? [new XElement("NextKeyMarker", found[PageLength - 1].Value.Key), new XElement("NextUploadIdMarker", found[PageLength - 1].Key)]
                : Array.Empty<XElement>(),
            found.Take(PageLength).Select(pair => new XElement(
                "Upload", new XElement("Key", pair.Value.Key), new XElement("UploadId", pair.Key),
                new XElement("Initiated", pair.Value.Since.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture))))));
    }
}
