using System.Globalization;
using System.IO.Hashing;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace InMidst.Backup.Core.Format;

/// <summary>
/// Counts the rows of COPY text and sums a 128-bit hash (XXH128) of every line, without its newline, modulo 2^128. A sum does not
/// depend on the order of rows or on how a table was sliced, so a restored table is compared without sorting. COPY text escapes
/// newlines inside values, and no server encoding uses byte 0x0A in a character, so every 0x0A ends a row.
/// </summary>
public sealed class ContentChecksum
{
    private const int EndsAtOnce = 512;
    private const int BytesAtOnce = 64; // of Vector512

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
    [SkipLocalsInit]
    public void Append(ReadOnlySpan<byte> data)
    {
        Bytes += data.Length;
        if (_inRow)
        {
            int newline = data.IndexOf((byte)'\n');
            _partial.Append(newline < 0 ? data : data[..newline]);
            if (newline < 0)
                return;
            _sum += _partial.GetCurrentHashAsUInt128();
            _partial.Reset();
            _inRow = false;
            Rows++;
            data = data[(newline + 1)..];
        }

        Span<int> ends = stackalloc int[EndsAtOnce];
        int start = 0;
        int searched = 0;
        while (searched < data.Length)
        {
            int found = FindEnds(data, ref searched, ends);
            foreach (int end in ends[..found])
            {
                _sum += XxHash128.HashToUInt128(data[start..end]);
                start = end + 1;
            }

            Rows += found;
        }

        if (start == data.Length)
            return;
        _partial.Append(data[start..]);
        _inRow = true;
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

    /// <summary>Finds newlines from <paramref name="searched"/> on, until all bytes were searched or <paramref name="ends"/> is full.</summary>
    /// <remarks>
    /// Apart from the hashing: a search of its own for each row costs a third of hashing it where rows are short, and spoils the
    /// prediction of branches for both.
    /// </remarks>
    private static int FindEnds(ReadOnlySpan<byte> data, ref int searched, Span<int> ends)
    {
        ref byte start = ref MemoryMarshal.GetReference(data);
        Vector512<byte> newline = Vector512.Create((byte)'\n');
        int found = 0;
        int at = searched;
        for (; at <= data.Length - BytesAtOnce && found <= ends.Length - BytesAtOnce; at += BytesAtOnce)
        {
            ulong newlines = Vector512.Equals(Vector512.LoadUnsafe(ref start, (nuint)at), newline).ExtractMostSignificantBits();
            for (; newlines != 0; newlines &= newlines - 1)
                ends[found++] = at + BitOperations.TrailingZeroCount(newlines);
        }

        for (; data.Length - at < BytesAtOnce && at < data.Length && found < ends.Length; at++)
        {
            if (data[at] == (byte)'\n')
                ends[found++] = at;
        }

        searched = at;
        return found;
    }

    private static UInt128 Parse(string sum) => UInt128.Parse(sum, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static string Format(UInt128 sum) => sum.ToString("x32", CultureInfo.InvariantCulture);
}
