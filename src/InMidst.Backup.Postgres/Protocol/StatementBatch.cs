namespace InMidst.Backup.Postgres.Protocol;

/// <summary>Many statements with few waits for the network.</summary>
internal static class StatementBatch
{
    private const int BytesAtOnce = 64 * 1024;

    // A statement may end in a comment, which only a line's end ends.
    private const string Separator = "\n;\n";

    /// <summary>Sends each statement as a query of its own, and reads answers at the same time.</summary>
    public static async Task<IReadOnlyList<StatementFailure>> RunEachAsync(
        WireSession session, IReadOnlyList<string> statements, CancellationToken cancellationToken)
    {
        // Stopping halfway would leave us waiting for answers to what was never sent.
        foreach (string statement in statements)
            MessageWriter.EnsureByteText(statement);
        var failures = new List<StatementFailure>();
        // Reading only after all was sent would wait for ever: a server whose answers nobody takes stops listening.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task sending = session.StartBeside(() => SendAsync(session, statements, stop.Token));
        try
        {
            for (int index = 0; index < statements.Count; index++)
            {
                StatementResults results = await session.ReadResultsAsync(first: null, keepRows: false, cancellationToken).ConfigureAwait(false);
                if (results.Error is not null)
                    failures.Add(new StatementFailure(index, results.Error));
            }

            await sending.ConfigureAwait(false);
            return failures;
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    /// <summary>One query of several statements.</summary>
    public static string Join(IReadOnlyList<string> statements) => string.Join(Separator, statements);

    /// <summary>Finds the statement that failed.</summary>
    /// <param name="statements">What was joined.</param>
    /// <param name="results">Its results, with an error.</param>
    /// <param name="encoding">The session's client_encoding.</param>
    public static StatementFailure Blame(IReadOnlyList<string> statements, StatementResults results, string? encoding)
    {
        // A mistake of syntax is found before the first statement runs, and only its place tells where it is.
        int index = Math.Max(results.Completed, StatementAt(statements, results.Error!.Position, countsUtf8: encoding == "UTF8"));
        return new StatementFailure(Math.Min(index, statements.Count - 1), results.Error);
    }

    private static async Task SendAsync(WireSession session, IReadOnlyList<string> statements, CancellationToken cancellationToken)
    {
        foreach (string statement in statements)
        {
            session.Writer.Query(statement);
            if (session.Writer.Length >= BytesAtOnce)
                await session.Writer.FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        if (session.Writer.Length > 0)
            await session.Writer.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Positions count characters from 1, over the whole query; 0 is none.</summary>
    private static int StatementAt(IReadOnlyList<string> statements, int position, bool countsUtf8)
    {
        long left = position;
        for (int index = 0; index < statements.Count; index++)
        {
            string statement = statements[index];
            left -= Separator.Length + (countsUtf8 ? statement.Count(letter => (letter & 0xC0) != 0x80) : statement.Length);
            if (left <= 0)
                return index;
        }

        return 0;
    }
}
