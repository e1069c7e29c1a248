using System.Globalization;
using System.IO.Hashing;

namespace InMidst.Backup.Core.Format;

/// <summary>
/// Counts the rows of COPY text and sums a 128-bit hash (XXH128) of every line, without its newline, modulo 2^128. A sum does not
/// depend on the order of rows or on how a table was sliced, so a restored table is compared without sorting. COPY text escapes
/// newlines inside values, and no server encoding uses byte 0x0A in a character, so every 0x0A ends a row.
/// </summary>
public sealed class ContentChecksum
{
    private readonly XxHash128 _partial = new();
    private bool _inRow;
    private UInt128 _sum;

    /// <summary>Number of whole rows seen.</summary>
    public long Rows { get; private set; }

    /// <summary>Number of bytes seen, newlines included.</summary>
    public long Bytes { get; private set; }

    /// <summary>True between the first byte of a row and its newline.</summary>
    public bool InRow => _inRow;

    /// <summary>The sum as 32 lower-case hex digits.</summary>
    public string Sum => Format(_sum);

    /// <summary>Takes the next bytes, cut anywhere.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        Bytes += data.Length;
        while (!data.IsEmpty)
        {
            int newline = data.IndexOf((byte)'\n');
            if (newline < 0)
            {
                _partial.Append(data);
                _inRow = true;
                return;
            }

            if (_inRow)
            {
                _partial.Append(data[..newline]);
                _sum += _partial.GetCurrentHashAsUInt128();
                _partial.Reset();
                _inRow = false;
            }
            else
            {
                _sum += XxHash128.HashToUInt128(data[..newline]);
            }

            Rows++;
            data = data[(newline + 1)..];
        }
    }

    /// <summary>Adds what another checksum has summed.</summary>
    public void Add(ContentChecksum other)
    {
        Rows += other.Rows;
        Bytes += other.Bytes;
        _sum += other._sum;
    }

    /// <summary>Adds two formatted sums, as of partitions that are compared through their root.</summary>
    public static string Add(string left, string right) => Format(Parse(left) + Parse(right));

    private static UInt128 Parse(string sum) => UInt128.Parse(sum, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static string Format(UInt128 sum) => sum.ToString("x32", CultureInfo.InvariantCulture);
}
