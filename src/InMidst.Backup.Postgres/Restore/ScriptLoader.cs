using System.Globalization;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Copy;
using InMidst.Backup.Postgres.Protocol;
using InMidst.Backup.Postgres.Script;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// Executes a plain SQL dump, or parts of one, on one connection, as psql would but never through psql: one statement, one command,
/// nothing rewritten, no meta-command run. Statements are sent without waiting for each answer, each as a query of its own, so that each
/// is a transaction of its own.
/// </summary>
internal sealed class ScriptLoader
{
    private const int StatementsPerBatch = 100;
    private const int CharactersPerBatch = 512 * 1024;
    private const int QuotedLength = 300;

    private readonly WireConnection _session;
    private readonly Action<string> _warn;
    private readonly Action<string> _show;
    private readonly EndMark _end = new();
    private readonly HarmlessRefusal _harmless = new();
    private readonly List<ScriptItem> _pending = [];
    private readonly Dictionary<string, string> _qualified = [];
    private readonly Dictionary<string, string> _settings = [];
    private readonly StatementFilter _filter;
    private readonly string? _role;
    private DatabaseText _text = new("UTF8");
    private string? _place;
    private int _pendingLength;
    private bool _pendingIsData;

    /// <summary>Makes a loader.</summary>
    /// <param name="session">A session in the database to fill; not owned.</param>
    /// <param name="warn">Told of settings of the dump that the server does not know.</param>
    /// <param name="show">Told what is being made.</param>
    /// <param name="options">What of the dump is wanted, and as whom.</param>
    public ScriptLoader(WireConnection session, Action<string> warn, Action<string> show, RestoreOptions options)
    {
        _filter = new StatementFilter(options);
        _role = options.Role;
        _show = show;
        _session = session;
        _warn = warn;
    }

    /// <summary>Whether the script ended with the marker of a complete dump.</summary>
    public bool IsComplete => _end.IsReached;

    /// <summary>Rows of COPY data by the table's qualified name, quoted where PostgreSQL would.</summary>
    public Dictionary<string, long> RowsByTable { get; } = [];

    /// <summary>Takes the role that was asked for; before anything else.</summary>
    public async Task BecomeAsync(CancellationToken cancellationToken)
    {
        if (_role is not null)
            await _session.ExecuteAsync($"SET ROLE {Sql.Identifier(_text.Encode(_role))}", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Executes a whole dump.</summary>
    /// <param name="script">Its bytes, decompressed.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="BackupException">StatementFailed or RequirementMissing with line and statement, or what the reader found wrong with the script.</exception>
    public Task LoadAsync(Stream script, CancellationToken cancellationToken)
    {
        _place = null;
        return LoadCoreAsync(script, null, cancellationToken);
    }

    /// <summary>Executes a part of a dump that holds no entries: rows or large objects.</summary>
    /// <param name="script">Its bytes, decompressed.</param>
    /// <param name="part">What it is.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="BackupException">As for a whole dump.</exception>
    public Task LoadAsync(Stream script, DumpPart part, CancellationToken cancellationToken)
    {
        _place = part.Place;
        _filter.EnterLargeObjects();
        return LoadCoreAsync(script, part, cancellationToken);
    }

    /// <summary>Executes statements that belong together.</summary>
    /// <param name="statements">The statements.</param>
    /// <param name="place">What they are, for messages; null when their lines are those of the whole dump.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="BackupException">As for a whole dump.</exception>
    public async Task RunAsync(IEnumerable<ScriptItem> statements, string? place, CancellationToken cancellationToken)
    {
        _place = place;
        foreach (ScriptItem item in statements)
            await TakeAsync(item, cancellationToken).ConfigureAwait(false);
        await FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes one object, under the settings it relies on.</summary>
    /// <param name="entry">The object.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="BackupException">As for a whole dump.</exception>
    public async Task RunAsync(RestoreEntry entry, CancellationToken cancellationToken)
    {
        _show($"{entry.Record.Type.ToLowerInvariant()} {entry.Record.Name}");
        foreach ((string name, ScriptItem statement) in entry.Settings)
            await SetAsync(name, statement, entry.Place, cancellationToken).ConfigureAwait(false);
        await RunAsync(entry.Statements, entry.Place, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Changes a setting of the session, if it is not so already.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="statement">SET or RESET.</param>
    /// <param name="place">What needs it, for messages.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task SetAsync(string name, ScriptItem statement, string place, CancellationToken cancellationToken)
    {
        if (_settings.TryGetValue(name, out string? inForce) && inForce == statement.Text)
            return;
        await RunAsync([statement], place, cancellationToken).ConfigureAwait(false);
        _settings[name] = statement.Text;
    }

    /// <summary>
    /// Begins a transaction in which rows of a table may be frozen while they are loaded (COPY … FREEZE): the table is truncated in it,
    /// which its owner may do, who alone can restore it.
    /// </summary>
    /// <param name="table">Quoted, qualified name, as a byte string.</param>
    /// <param name="place">What is loaded, for messages.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="BackupException">As for a whole dump.</exception>
    public async Task BeginWholeAsync(string table, string place, CancellationToken cancellationToken)
    {
        await _session.ExecuteAsync("BEGIN", cancellationToken).ConfigureAwait(false);
        await RunAsync([new ScriptItem(ScriptItemKind.Statement, $"TRUNCATE ONLY {table}", 0)], place, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends what <see cref="BeginWholeAsync"/> began: only now the rows stay.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    public Task CommitAsync(CancellationToken cancellationToken) => _session.ExecuteAsync("COMMIT", cancellationToken);

    /// <summary>Has the server collect what its planner wants to know of a table. A refusal is a warning: nothing is missing from the data.</summary>
    /// <param name="job">The table.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task AnalyzeAsync(AnalyzeJob job, CancellationToken cancellationToken)
    {
        string table = _text.Decode(job.Table);
        _show($"analyze {table}");
        try
        {
            await _session.ExecuteAsync(job.Statement, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (!cancellationToken.IsCancellationRequested && PostgresFailures.IsOfStatement(e))
        {
            _warn($"{table} is restored, but the planner lacks its statistics: {_text.Decode(e.MessageText)} [{e.SqlState}]");
        }
    }

    private async Task LoadCoreAsync(Stream script, DumpPart? part, CancellationToken cancellationToken)
    {
        using var reader = new SqlScriptReader(script);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false) is { } item)
        {
            _end.Note(item);
            if (item.Kind == ScriptItemKind.Comment)
            {
                ShowEntry(item.Text);
            }
            else if (_filter.Keeps(item))
            {
                if (item.Kind == ScriptItemKind.Copy)
                    await CopyAsync(reader, item, part, cancellationToken).ConfigureAwait(false);
                else
                    await TakeAsync(item, cancellationToken).ConfigureAwait(false);
            }
        }

        await FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private void ShowEntry(string comment)
    {
        if (EntryHeader.Parse(comment) is not { } entry)
            return;
        _filter.Enter(entry.Type);
        _show($"{entry.Type.ToLowerInvariant()} {_text.Decode(entry.Name)}");
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
            await _session.ExecuteAsync(item.Text, cancellationToken).ConfigureAwait(false);
            if (StatementInfo.TryParseSet(item.Text, out string name, out string value) && name == "client_encoding")
                _text = new DatabaseText(value);

            // Whoever grants what he was granted is followed by the session's own user, and not by the role it had taken.
            if (StatementInfo.EndsSessionAuthorization(item.Text))
                await BecomeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (kind == StatementClass.Setting && e.SqlState == PostgresErrorCodes.UndefinedObject)
        {
            // A dump from newer programs sets what this server does not know; nothing depends on it.
            _warn($"{Where(item)}: the server does not know a setting of the dump and went on without: {_text.Decode(e.MessageText)}");
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
        string[] statements = [.. _pending.Select(i => i.Text)];
        IReadOnlyList<StatementFailure> failures = _pendingIsData
            ? await _session.ExecuteTogetherAsync(statements, cancellationToken).ConfigureAwait(false) is { } failure ? [failure] : []
            : await _session.ExecuteEachAsync(statements, cancellationToken).ConfigureAwait(false);
        foreach (StatementFailure failed in failures)
        {
            if (!PostgresFailures.IsOfStatement(failed.Error))
                throw failed.Error;
            // Several of those that were sent may be refused; the later ones are consequences.
            Refuse(_pending[failed.Index], failed.Error);
        }

        _pending.Clear();
        _pendingLength = 0;
    }

    private async Task CopyAsync(
        SqlScriptReader reader, ScriptItem item, DumpPart? part, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        _show(_text.Decode(StatementInfo.CopyTable(item.Text) ?? ""));
        long first = reader.Line;
        long rows = 0;
        try
        {
            WireCopyIn copy = await _session.BeginCopyInAsync(Statement(item, part), cancellationToken).ConfigureAwait(false);
            await using (copy.ConfigureAwait(false))
            {
                ReadOnlyMemory<byte> data;
                while (!(data = await reader.ReadCopyDataAsync(cancellationToken).ConfigureAwait(false)).IsEmpty)
                {
                    rows = reader.Line - first; // a line of COPY text is a row
                    await copy.WriteAsync(data, cancellationToken).ConfigureAwait(false);
                }

                if (part?.BeforeCopyEnds is { } check)
                    await check(reader, rows).ConfigureAwait(false);
                await copy.CompleteAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (PostgresException e) when (!cancellationToken.IsCancellationRequested && PostgresFailures.IsOfStatement(e))
        {
            throw Failed(item, e);
        }

        string written = StatementInfo.CopyTable(item.Text) ?? "";
        string table = _place is null ? await QualifyAsync(written, cancellationToken).ConfigureAwait(false) : _text.Decode(written);
        RowsByTable[table] = RowsByTable.GetValueOrDefault(table) + rows;
    }

    private static string Statement(ScriptItem item, DumpPart? part)
    {
        string statement = part?.CopyStatement ?? item.Text;
        return part?.IsFrozen is true ? CopyStatement.Frozen(statement) : statement;
    }

    /// <summary>Old dumps set search_path and leave the schema out; the server knows what is meant.</summary>
    private async Task<string> QualifyAsync(string written, CancellationToken cancellationToken)
    {
        if (_qualified.TryGetValue(written, out string? known))
            return known;
        List<string?[]> found = await _session.QueryAsync($"""
            SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.oid = pg_catalog.to_regclass({Sql.Literal(written)})
            """, cancellationToken).ConfigureAwait(false);
        string name = found.FirstOrDefault()?[0] ?? written;
        return _qualified[written] = _text.Decode(name);
    }

    private void Refuse(ScriptItem item, PostgresException e)
    {
        if (_pendingIsData || _harmless.Describe(item.Text, e) is not { } without)
            throw Failed(item, e);
        _warn($"Restored without {_text.Decode(without)}: {_text.Decode(e.MessageText)}. {Where(item)}: {_text.Excerpt(item.Text, QuotedLength)}");
    }

    private BackupException Failed(ScriptItem item, PostgresException e)
    {
        string statement = _text.Excerpt(item.Text, QuotedLength);
        if (MissingRequirement.Describe(item.Text, e, _session.ServerMajor) is { } missing)
        {
            return new BackupException(ErrorIds.RequirementMissing,
                $"The server lacks what the dump needs: {_text.Decode(missing)}. {Where(item)}: {statement}", e, target: statement);
        }

        string where = string.IsNullOrEmpty(e.Where) ? "" : $" ({_text.Decode(FirstLine(e.Where))})";
        return new BackupException(ErrorIds.StatementFailed,
            $"{Where(item)}: {_text.Decode(e.MessageText)} [{e.SqlState}]{where}. The statement: {statement}", e,
            guidance: HarmlessRefusal.Advise(item.Text, e), target: statement);
    }

    // Who reads single frames does not know which line of the whole dump he is at.
    private string Where(ScriptItem item) =>
        _place ?? string.Create(CultureInfo.InvariantCulture, $"Line {item.Line} of the dump");

    private static string FirstLine(string text)
    {
        int end = text.IndexOf('\n', StringComparison.Ordinal);
        return end < 0 ? text : text[..end];
    }
}
