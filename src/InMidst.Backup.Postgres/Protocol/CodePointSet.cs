using System.Globalization;
using System.Text;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>A set of Unicode code points.</summary>
internal sealed class CodePointSet
{
    private readonly int[] _firsts;
    private readonly int[] _lasts;

    /// <summary>Makes the set.</summary>
    /// <param name="ranges">Code points and ranges of them in hexadecimal, in ascending order, such as <c>e0-ff 7f9</c>.</param>
    public CodePointSet(string ranges)
    {
        string[][] bounds = [.. ranges.Split(' ').Select(range => range.Split('-'))];
        _firsts = [.. bounds.Select(b => Parse(b[0]))];
        _lasts = [.. bounds.Select(b => Parse(b[^1]))];

        static int Parse(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    /// <summary>Whether it holds a code point.</summary>
    public bool Contains(Rune letter)
    {
        int index = Array.BinarySearch(_firsts, letter.Value);
        if (index < 0)
            index = ~index - 1;
        return index >= 0 && letter.Value <= _lasts[index];
    }
}
