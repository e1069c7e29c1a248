using System.Buffers;
using System.Text.RegularExpressions;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Copy;
using InMidst.Backup.Postgres.Script;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// Executes a plain SQL dump on one connection, as psql would but never through psql: one statement, one command, nothing rewritten,
/// no meta-command run. Statements travel in batches with a barrier after each, so that each is a transaction of its own.
/// </summary>
internal sealed partial class ScriptLoader
{
    private const int StatementsPerBatch = 100;
    private const int CharactersPerBatch = 512 * 1024;
    private const int CopyBufferLength = 128 * 1024;
    private const int QuotedLength = 300;

    private readonly NpgsqlConnection _connection;
    private readonly IBulkCopy _copy;
    private readonly Action<string> _warn;
    private readonly Action<string> _show;
    private readonly EndMark _end = new();
    private readonly HarmlessRefusal _harmless = new();
    private readonly List<ScriptItem> _pending = [];
    private readonly Dictionary<string, string> _qualified = [];
    private DatabaseText _text = new("UTF8");
    private int _pendingLength;
    private bool _pendingIsData;

    /// <summary>Makes a loader.</summary>
    /// <param name="connection">A byte-text connection to the database to fill; not owned.</param>
    /// <param name="warn">Told of settings of the dump that the server does not know.</param>
    /// <param name="show">Told what is being made.</param>
    public ScriptLoader(NpgsqlConnection connection, Action<string> warn, Action<string> show)
    {
        _show = show;
        _connection = connection;
        _copy = new NpgsqlBulkCopy(connection);
        _warn = warn;
    }

    /// <summary>Whether the script ended with the marker of a complete dump.</summary>
    public bool IsComplete => _end.IsReached;

    /// <summary>Rows of COPY data by the table's qualified name, quoted where PostgreSQL would.</summary>
    public Dictionary<string, long> RowsByTable { get; } = [];

    /// <summary>Executes the script.</summary>
    /// <param name="script">Its bytes, decompressed.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="BackupException">StatementFailed or RequirementMissing with line and statement, or what the reader found wrong with the script.</exception>
    public async Task LoadAsync(Stream script, CancellationToken cancellationToken)
    {
        using var reader = new SqlScriptReader(script);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false) is { } item)
        {
            _end.Note(item);
            switch (item.Kind)
            {
                case ScriptItemKind.Comment:
                    ShowEntry(item.Text);
                    break;
                case ScriptItemKind.Copy:
                    await FlushAsync(cancellationToken).ConfigureAwait(false);
                    await CopyAsync(reader, item, cancellationToken).ConfigureAwait(false);
                    break;
                default:
                    await TakeAsync(item, cancellationToken).ConfigureAwait(false);
                    break;
            }
        }

        await FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private void ShowEntry(string comment)
    {
        Match entry = EntryPattern().Match(comment);
        if (entry.Success)
            _show($"{entry.Groups["type"].Value.ToLowerInvariant()} {_text.Decode(entry.Groups["name"].Value)}");
    }

    private async Task TakeAsync(ScriptItem item, CancellationToken cancellationToken)
    {
        StatementClass kind = StatementInfo.Classify(item.Text);
        if (kind is StatementClass.Setting or StatementClass.Transaction)
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
            await ExecuteAloneAsync(item, kind, cancellationToken).ConfigureAwait(false);
            return;
        }

        bool isData = kind is StatementClass.Insert or StatementClass.SequenceValue or StatementClass.LargeObject;
        if (_pending.Count > 0 && (isData != _pendingIsData || _pending.Count >= StatementsPerBatch || _pendingLength >= CharactersPerBatch))
            await FlushAsync(cancellationToken).ConfigureAwait(false);
        _pendingIsData = isData;
        _pending.Add(item);
        _pendingLength += item.Text.Length;
    }

    private async Task ExecuteAloneAsync(ScriptItem item, StatementClass kind, CancellationToken cancellationToken)
    {
        try
        {
            await ExecuteAsync(item.Text, cancellationToken).ConfigureAwait(false);
            if (StatementInfo.TryParseSet(item.Text, out string name, out string value) && name == "client_encoding")
                _text = new DatabaseText(value);
        }
        catch (PostgresException e) when (kind == StatementClass.Setting && e.SqlState == PostgresErrorCodes.UndefinedObject)
        {
            // A dump from newer programs sets what this server does not know; nothing depends on it.
            _warn($"Line {item.Line}: the server does not know a setting of the dump and went on without: {_text.Decode(e.MessageText)}");
        }
        catch (PostgresException e) when (!cancellationToken.IsCancellationRequested && PostgresFailures.IsOfStatement(e))
        {
            throw Failed(item, e);
        }
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_pending.Count == 0)
            return;
        using var batch = new NpgsqlBatch(_connection) { EnableErrorBarriers = !_pendingIsData };
        foreach (ScriptItem item in _pending)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(item.Text));
        try
        {
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException e) when (!cancellationToken.IsCancellationRequested && PostgresFailures.Refusals(e) is { Count: > 0 } refusals)
        {
            // With barriers several statements of a batch may be refused; the later ones are consequences.
            foreach (PostgresException refusal in refusals)
            {
                int failed = refusal.BatchCommand is NpgsqlBatchCommand command ? batch.BatchCommands.IndexOf(command) : 0;
                Refuse(_pending[Math.Max(0, failed)], refusal);
            }
        }

        _pending.Clear();
        _pendingLength = 0;
    }

    private async Task ExecuteAsync(string statement, CancellationToken cancellationToken)
    {
        using var batch = new NpgsqlBatch(_connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task CopyAsync(SqlScriptReader reader, ScriptItem item, CancellationToken cancellationToken)
    {
        _show(_text.Decode(StatementInfo.CopyTable(item.Text) ?? ""));
        var rows = new ContentChecksum();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CopyBufferLength);
        try
        {
            ICopyIn copy = await _copy.BeginCopyInAsync(item.Text, cancellationToken).ConfigureAwait(false);
            await using (copy.ConfigureAwait(false))
            {
                int read;
                while ((read = await reader.ReadCopyDataAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
                {
                    rows.Append(buffer.AsSpan(0, read));
                    await copy.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                }

                await copy.CompleteAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (PostgresException e) when (!cancellationToken.IsCancellationRequested && PostgresFailures.IsOfStatement(e))
        {
            throw Failed(item, e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        string table = await QualifyAsync(StatementInfo.CopyTable(item.Text) ?? "", cancellationToken).ConfigureAwait(false);
        RowsByTable[table] = RowsByTable.GetValueOrDefault(table) + rows.Rows;
    }

    /// <summary>Old dumps set search_path and leave the schema out; the server knows what is meant.</summary>
    private async Task<string> QualifyAsync(string written, CancellationToken cancellationToken)
    {
        if (_qualified.TryGetValue(written, out string? known))
            return known;
        const string Query = """
            SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.oid = pg_catalog.to_regclass($1)
            """;
        using var command = new NpgsqlCommand(Query, _connection);
        command.Parameters.Add(new NpgsqlParameter { Value = written });
        string name = await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string ?? written;
        return _qualified[written] = _text.Decode(name);
    }

    private void Refuse(ScriptItem item, PostgresException e)
    {
        if (_pendingIsData || _harmless.Describe(item.Text, e) is not { } without)
            throw Failed(item, e);
        _warn($"Restored without {_text.Decode(without)}: {_text.Decode(e.MessageText)}. Line {item.Line} of the dump: {_text.Excerpt(item.Text, QuotedLength)}");
    }

    private BackupException Failed(ScriptItem item, PostgresException e)
    {
        string statement = _text.Excerpt(item.Text, QuotedLength);
        if (MissingRequirement.Describe(item.Text, e, _connection.PostgreSqlVersion.Major) is { } missing)
        {
            return new BackupException(ErrorIds.RequirementMissing,
                $"The server lacks what line {item.Line} of the dump needs: {_text.Decode(missing)}. The statement: {statement}", e, target: statement);
        }

        string where = string.IsNullOrEmpty(e.Where) ? "" : $" ({_text.Decode(FirstLine(e.Where))})";
        return new BackupException(ErrorIds.StatementFailed,
            $"Line {item.Line} of the dump: {_text.Decode(e.MessageText)} [{e.SqlState}]{where}. The statement: {statement}", e,
            guidance: HarmlessRefusal.Advise(item.Text, e), target: statement);
    }

    private static string FirstLine(string text)
    {
        int end = text.IndexOf('\n', StringComparison.Ordinal);
        return end < 0 ? text : text[..end];
    }

    [GeneratedRegex(@"^-- Name: (?<name>.*); Type: (?<type>[A-Z ]+); Schema: ", RegexOptions.CultureInvariant)]
    private static partial Regex EntryPattern();
}
