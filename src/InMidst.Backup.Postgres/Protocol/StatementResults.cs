using System.Globalization;
using System.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>What the statements of one query gave.</summary>
internal sealed class StatementResults(bool keepRows)
{
    /// <summary>The rows of all statements as byte strings, where they were wanted.</summary>
    public List<string?[]>? Rows { get; } = keepRows ? [] : null;

    /// <summary>Statements that ended well.</summary>
    public int Completed { get; private set; }

    /// <summary>The number at the end of the last tag: of <c>COPY 5</c>, 5; 0 where there is none.</summary>
    public long RowCount { get; private set; }

    /// <summary>The first error.</summary>
    public PostgresException? Error { get; set; }

    /// <summary>Throws the error, if there is one.</summary>
    public StatementResults OrThrow() => Error is null ? this : throw Error;

    /// <summary>Takes a CommandComplete.</summary>
    public void Complete(ReadOnlySpan<byte> message)
    {
        Completed++;
        string tag = new MessageBody(message).ReadString(Encoding.Latin1);
        RowCount = long.TryParse(tag.AsSpan(tag.LastIndexOf(' ') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long rows) ? rows : 0;
    }

    /// <summary>Takes a DataRow.</summary>
    public void AddRow(ReadOnlySpan<byte> message)
    {
        var body = new MessageBody(message);
        var row = new string?[(ushort)body.ReadInt16()];
        for (int column = 0; column < row.Length; column++)
        {
            int length = body.ReadInt32();
            row[column] = length == -1 ? null : Encoding.Latin1.GetString(body.Take(length));
        }

        Rows!.Add(row);
    }
}
