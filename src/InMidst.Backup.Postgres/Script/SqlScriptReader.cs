using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Postgres.Script;

/// <summary>
/// Reads a plain SQL dump as pg_dump of any version wrote it, piece by piece, in memory that depends only on its longest statement.
/// Statements end where psql would end them; psql's own commands are never run: \restrict and \unrestrict are skipped, all others
/// are refused. Not safe for use by several threads at once. After an exception nothing more can be read.
/// </summary>
/// <remarks>
/// It follows the script's own SET standard_conforming_strings and client_encoding, on which quoting depends. Block comments
/// between statements are skipped; comments inside statements stay in their text; empty statements are skipped.
/// </remarks>
public sealed class SqlScriptReader : IDisposable
{
    private const int LongestRestOfLine = 64 * 1024;
    private static readonly SearchValues<byte> Separators = SearchValues.Create(" \t\r\n\f;"u8);
    private readonly ScriptBuffer _buffer;
    private readonly StatementLexer _lexer = new();
    private readonly CopyDataScanner _copyData = new();
    private readonly MetaCommand _commands = new();
    private readonly SqlScriptReaderOptions _options;
    private bool _started;
    private bool _inStatement;
    private int _commentSearched;
    private string? _copyStatement;

    /// <summary>Makes a reader; nothing is read yet.</summary>
    /// <param name="stream">The script's bytes, decompressed. The reader does not dispose of it, and reads ahead.</param>
    /// <param name="options">Limits; the defaults suit a restore.</param>
    public SqlScriptReader(Stream stream, SqlScriptReaderOptions? options = null)
    {
        _options = options ?? new SqlScriptReaderOptions();
        _buffer = new ScriptBuffer(stream, _options.BufferBytes);
        _lexer.StandardStrings = _options.StandardConformingStrings;
        _lexer.Reset();
    }

    /// <summary>1-based line of the first byte that has not been returned yet.</summary>
    public long Line => _buffer.Line;

    /// <summary>Reads the next item; COPY data that were not read are skipped.</summary>
    /// <returns>The item, or null at the end of the script.</returns>
    /// <exception cref="BackupException">
    /// ScriptInvalid: not a plain SQL dump, cut inside a statement, or a statement that is too long. MetaCommandRefused: a psql command.
    /// BackupCorrupt: cut inside COPY data.
    /// </exception>
    public async ValueTask<ScriptItem?> ReadAsync(CancellationToken ct)
    {
        if (!_started)
            await StartAsync(ct).ConfigureAwait(false);
        while (_copyStatement is not null)
        {
            if (await FindCopyDataAsync(ct).ConfigureAwait(false))
                _buffer.Consume(_copyData.TakeData());
        }

        while (true)
        {
            if (TryRead(out ScriptItem? item))
                return item;
            await _buffer.FillAsync(ct).ConfigureAwait(false);
        }
    }

    /// <summary>Reads data of the COPY item read last, as they stand in the file. <see cref="Line"/> is then the one behind them.</summary>
    /// <returns>
    /// Bytes, cut anywhere, of the reader's own buffer: they are there until the reader is used again. None when the end-of-data line
    /// was reached (it is consumed, not returned).
    /// </returns>
    /// <exception cref="BackupException">BackupCorrupt: the script ends before the data do.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadCopyDataAsync(CancellationToken ct) =>
        _copyStatement is not null && await FindCopyDataAsync(ct).ConfigureAwait(false) ? _buffer.Take(_copyData.TakeData()) : default;

    /// <summary>Gives the buffer back. The stream stays open.</summary>
    public void Dispose() => _buffer.Dispose();

    private async ValueTask StartAsync(CancellationToken ct)
    {
        while (_buffer.Unread.Length < ScriptSignature.Length && !_buffer.StreamEnded)
            await _buffer.FillAsync(ct).ConfigureAwait(false);
        ReadOnlySpan<byte> unread = _buffer.Unread;
        _buffer.Consume(ScriptSignature.Check(unread[..Math.Min(unread.Length, ScriptSignature.Length)], _options.AllowClusterDump));
        _started = true;
    }

    /// <summary>Makes an item out of the bytes at hand, or null at the end of the script. False when more bytes are needed.</summary>
    private bool TryRead(out ScriptItem? item)
    {
        item = null;
        while (true)
        {
            if (!_inStatement)
                SkipSpaceAndSemicolons();
            ReadOnlySpan<byte> unread = _buffer.Unread;
            if (unread.IsEmpty)
                return _buffer.StreamEnded;
            if (!_inStatement && unread[0] == (byte)'\\')
            {
                int skipped = _commands.Read(unread, _buffer.StreamEnded, _buffer.Line);
                if (skipped == 0)
                    return false;
                _buffer.Consume(skipped);
                continue;
            }

            if (!_inStatement && unread[0] == (byte)'-' && unread.Length < 2 && !_buffer.StreamEnded)
                return false;
            if (!_inStatement && unread.StartsWith("--"u8))
                return TryReadComment(out item);
            if (!TryReadStatement(out item))
                return false;
            if (item is not null)
                return true;
        }
    }

    private void SkipSpaceAndSemicolons()
    {
        ReadOnlySpan<byte> unread = _buffer.Unread;
        int content = unread.IndexOfAnyExcept(Separators);
        _buffer.Consume(content < 0 ? unread.Length : content);
    }

    private bool TryReadComment([NotNullWhen(true)] out ScriptItem? item)
    {
        item = null;
        ReadOnlySpan<byte> unread = _buffer.Unread;
        int found = unread[_commentSearched..].IndexOfAny((byte)'\n', (byte)'\r');
        int end = found < 0 ? unread.Length : _commentSearched + found;
        CheckLength(end);
        if (found < 0 && !_buffer.StreamEnded)
        {
            _commentSearched = end;
            return false;
        }

        _commentSearched = 0;
        item = new ScriptItem(ScriptItemKind.Comment, Encoding.Latin1.GetString(unread[..end]), _buffer.Line);
        _buffer.Consume(end);
        return true;
    }

    /// <summary>Goes on with the statement at the front. True with no item after a block comment between statements.</summary>
    private bool TryReadStatement(out ScriptItem? item)
    {
        item = null;
        _inStatement = true;
        ReadOnlySpan<byte> unread = _buffer.Unread;
        LexerResult result = _lexer.Scan(unread, _buffer.StreamEnded);
        CheckLength(_lexer.Position);
        switch (result)
        {
            case LexerResult.Semicolon:
                return TryTakeStatement(out item);
            case LexerResult.CommentClosed:
                _buffer.Consume(_lexer.Position);
                EndStatement();
                return true;
            case LexerResult.Backslash:
                long line = _buffer.Line + unread[.._lexer.Position].Count((byte)'\n');
                return MetaCommand.Refuse(unread[_lexer.Position..], _buffer.StreamEnded, line) is { } refusal ? throw refusal : false;
            default:
                return _buffer.StreamEnded
                    ? throw new BackupException(ErrorIds.ScriptInvalid,
                        $"The script ends inside a statement; it begins on line {_buffer.Line}.")
                    : false;
        }
    }

    private bool TryTakeStatement(out ScriptItem? item)
    {
        item = null;
        ReadOnlySpan<byte> unread = _buffer.Unread;
        int length = _lexer.Position;
        int end = length + 1;
        if (_lexer.IsCopyFromStdin)
        {
            int newline = unread[end..].IndexOf((byte)'\n');
            int rest = newline < 0 ? unread.Length : end + newline;
            if (newline < 0 && !_buffer.StreamEnded && rest - end <= LongestRestOfLine)
                return false;
            CheckNothingFollows(unread[end..rest]);
            end = newline < 0 ? rest : rest + 1;
        }

        ReadOnlySpan<byte> text = unread[..length];
        if (text.Contains((byte)0))
            throw new BackupException(ErrorIds.ScriptInvalid, $"The statement on line {_buffer.Line} holds a zero byte: it is no text.");
        var kind = _lexer.IsCopyFromStdin ? ScriptItemKind.Copy : ScriptItemKind.Statement;
        item = new ScriptItem(kind, Encoding.Latin1.GetString(text), _buffer.Line);
        _buffer.Consume(end);
        EndStatement();
        if (kind == ScriptItemKind.Copy)
        {
            _copyStatement = item.Text;
            _copyData.Reset();
        }
        else
        {
            QuotingSettings.Follow(item.Text, _lexer, _options.StandardConformingStrings);
        }

        return true;
    }

    private void EndStatement()
    {
        _inStatement = false;
        _lexer.Reset();
    }

    // psql would run it after the data; leaving it out silently would be worse than saying no.
    private void CheckNothingFollows(ReadOnlySpan<byte> restOfLine)
    {
        ReadOnlySpan<byte> rest = restOfLine.Trim(" \t\r\f"u8);
        if (restOfLine.Length > LongestRestOfLine || (!rest.IsEmpty && !rest.StartsWith("--"u8)))
            throw new BackupException(ErrorIds.ScriptInvalid,
                $"Something follows the COPY statement of line {_buffer.Line} on the same line, where its data should begin.");
    }

    private void CheckLength(int length)
    {
        if (length > _options.MaxStatementBytes)
            throw new BackupException(ErrorIds.ScriptInvalid,
                $"The statement that begins on line {_buffer.Line} is longer than {_options.MaxStatementBytes} bytes.",
                guidance: "No server would take it. A quote may be open: check that the file is a plain SQL dump and not damaged.");
    }

    /// <summary>Makes sure that some data are known. False, with the COPY over, when the end-of-data line came instead.</summary>
    private async ValueTask<bool> FindCopyDataAsync(CancellationToken ct)
    {
        while (_copyData.Data == 0)
        {
            if (!_copyData.Scan(_buffer.Unread, _buffer.StreamEnded))
            {
                if (_buffer.StreamEnded)
                    throw CutInsideData(_copyStatement!);
                await _buffer.FillAsync(ct).ConfigureAwait(false);
            }
            else if (_copyData.EndLine > 0)
            {
                _buffer.Consume(_copyData.EndLine);
                _copyStatement = null;
                return false;
            }
        }

        return true;
    }

    private static BackupException CutInsideData(string statement)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(StatementInfo.CopyTable(statement) ?? "");
        string table = System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : Encoding.Latin1.GetString(bytes);
        return new BackupException(ErrorIds.BackupCorrupt, $"The script ends inside the data of table {table}.", target: table);
    }
}
