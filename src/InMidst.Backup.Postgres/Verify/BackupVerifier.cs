using InMidst.Backup.Core;
using InMidst.Backup.Core.Encryption;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Restore;
using Npgsql;

namespace InMidst.Backup.Postgres.Verify;

/// <summary>
/// Tests backups. A bad backup is a result; an exception means that the test itself could not be done (no repository, a server that
/// went away, a stop).
/// </summary>
public sealed class BackupVerifier
{
    private const string NotInTheClear = "The findings name what the backup holds encrypted, so they are not written here; the test tells them again.";

    private readonly IProofServer _server;
    private readonly string _tool;
    private readonly TimeProvider _clock;
    private readonly Action<string> _warn;

    /// <summary>Makes the verifier.</summary>
    /// <param name="server">Where backups are restored to; asked only for <see cref="VerificationLevel.Restore"/>.</param>
    /// <param name="tool">Name and version of this program, for the proof.</param>
    /// <param name="clock">Measures.</param>
    /// <param name="warn">Told when a proof could not be written.</param>
    public BackupVerifier(IProofServer server, string tool, TimeProvider clock, Action<string> warn)
    {
        _server = server;
        _tool = tool;
        _clock = clock;
        _warn = warn;
    }

    /// <summary>Connections that load, and then compare, side by side; null for what <see cref="RestoreOptions.Workers"/> is by default.</summary>
    public int? Workers { get; init; }

    /// <summary>Tests one backup and writes the proof beside it.</summary>
    public async Task<VerificationResult> RunAsync(
        BackupRecord backup, VerificationLevel level, IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        DateTimeOffset started = _clock.GetUtcNow();
        VerificationResult result;
        try
        {
            result = await TestAsync(backup, level, started, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (BackupException e) when (Verdict(e) is { } verdict)
        {
            result = new VerificationResult { Level = level, Verdict = verdict, Findings = [Explain(e)], Started = started, Duration = default };
        }

        result = result with { Duration = _clock.GetUtcNow() - started };
        if (backup.ManifestProblem is { } problem)
            result = result with { Verdict = VerificationVerdict.Failed, Findings = [problem, .. result.Findings] };
        await WriteProofAsync(backup, result, cancellationToken).ConfigureAwait(false);
        return result;
    }

    /// <summary>The message, and what to do about it where that is said for this very case.</summary>
    private static string Explain(BackupException e) => e.Guidance == e.Id.Guidance ? e.Message : $"{e.Message} {e.Guidance}";

    /// <summary>What a failure says of the backup; null when it says nothing of it.</summary>
    private static VerificationVerdict? Verdict(BackupException e)
    {
        if (e.Id == ErrorIds.RequirementMissing || e.Id == ErrorIds.ServerBinariesNotFound || e.Id == ErrorIds.FormatTooNew)
            return VerificationVerdict.NotProvable;
        bool bad = e.Id == ErrorIds.BackupCorrupt || e.Id == ErrorIds.ScriptInvalid || e.Id == ErrorIds.StatementFailed || e.Id == ErrorIds.MetaCommandRefused;
        return bad ? VerificationVerdict.Failed : null;
    }

    private async Task<VerificationResult> TestAsync(
        BackupRecord backup, VerificationLevel level, DateTimeOffset started, IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        BackupContents contents;
        try
        {
            contents = await BackupContents.OpenAsync(backup, cancellationToken).ConfigureAwait(false);
        }
        catch (BackupException e) when (level == VerificationLevel.Stored && AgeIdentities.AreLacking(e))
        {
            return await TestLockedAsync(backup, started, progress, cancellationToken).ConfigureAwait(false);
        }

        (DumpFile file, DumpIndex? index) = contents;
        return level switch
        {
            VerificationLevel.Restore when index is null => await RestoreForeignAsync(backup, file, started, progress, cancellationToken).ConfigureAwait(false),
            VerificationLevel.Restore => await RestoreAsync(
                backup, index, index.Backup.Source.Major, index.Backup.Requirements, started, progress, cancellationToken).ConfigureAwait(false),
            VerificationLevel.Stored when index is not null => Result(
                level, await StoredCheck.RunAsync(backup, file, index, progress, cancellationToken).ConfigureAwait(false), [], started),
            VerificationLevel.Stored => NotProvable(level, $"Nobody recorded what {backup.Data.Name} should be; -Level Content reads it through.", started),
            _ => await ContentAsync(backup, file, index, started, progress, cancellationToken).ConfigureAwait(false),
        };
    }


    /// <summary>That an encrypted backup is stored as it was written is known without its key.</summary>
    private static async Task<VerificationResult> TestLockedAsync(
        BackupRecord backup, DateTimeOffset started, IProgress<OperationProgress> progress, CancellationToken cancellationToken) =>
        backup.Manifest is { DataObjects.Count: > 0 } manifest
            ? Result(VerificationLevel.Stored, await StoredCheck.RunLockedAsync(backup, manifest, progress, cancellationToken).ConfigureAwait(false), [], started)
            : NotProvable(VerificationLevel.Stored, $"{backup.Data.Name} is encrypted and nobody recorded what it should be; -Level Content with its key reads it through.", started);

    private static async Task<VerificationResult> ContentAsync(
        BackupRecord backup, DumpFile file, DumpIndex? index, DateTimeOffset started, IProgress<OperationProgress> progress,
        CancellationToken cancellationToken)
    {
        var check = new ContentCheck(backup, file, index);
        List<string> findings = await check.RunAsync(progress, cancellationToken).ConfigureAwait(false);
        return Result(VerificationLevel.Content, findings, check.Tables, started);
    }

    /// <summary>Nobody wrote down what a dump of other tools needs: it is read through for that, and restored only when it is whole.</summary>
    private async Task<VerificationResult> RestoreForeignAsync(
        BackupRecord backup, DumpFile file, DateTimeOffset started, IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        var needs = new ForeignRequirements();
        var check = new ContentCheck(backup, file, index: null, needs);
        List<string> findings = await check.RunAsync(progress, cancellationToken).ConfigureAwait(false);
        return findings.Count > 0
            ? Result(VerificationLevel.Restore, findings, check.Tables, started)
            : await RestoreAsync(backup, index: null, needs.SourceMajor, needs.ToRecord(), started, progress, cancellationToken).ConfigureAwait(false);
    }

    private async Task<VerificationResult> RestoreAsync(
        BackupRecord backup, DumpIndex? index, int? major, RequirementsRecord requirements, DateTimeOffset started,
        IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        ServerAddress address = await _server.GetAsync(major, requirements, cancellationToken).ConfigureAwait(false);
        string database = "midst_proof_" + Guid.NewGuid().ToString("N")[..16];
        var options = new RestoreOptions
        {
            Address = address, TargetDatabase = database, MaintenanceDatabase = address.Database, ForeignRequirements = requirements,
            Analyze = false,
        };
        options = options with { Workers = Workers ?? options.Workers };
        Action<string> warn = message => _warn($"{backup.Id}: {message}");
        var restore = new DatabaseRestore(options, _clock, warn);
        var compared = new ComparisonOptions { Address = address, Database = database, Workers = options.Workers, Warn = warn };
        try
        {
            RestoreResult restored = await restore.RunAsync(backup, progress, cancellationToken).ConfigureAwait(false);
            DatabaseComparison comparison = index is null
                ? await DatabaseComparison.RunAsync(compared, restored.RowsByTable, progress, cancellationToken).ConfigureAwait(false)
                : await DatabaseComparison.RunAsync(compared, index, progress, cancellationToken).ConfigureAwait(false);
            return Result(VerificationLevel.Restore, comparison.Findings, comparison.Tables, started) with
            {
                LargeObjects = comparison.LargeObjectCount,
                Sequences = index?.Sequences.Count ?? 0,
                ServerVersion = restored.ServerVersion,
            };
        }
        catch (Exception e) when (PostgresErrors.IsServerFailure(e, cancellationToken))
        {
            throw PostgresErrors.Translate(e, address, database);
        }
        finally
        {
            await DropAsync(address, database).ConfigureAwait(false);
        }
    }

    private static VerificationResult NotProvable(VerificationLevel level, string why, DateTimeOffset started) => new()
    {
        Level = level,
        Verdict = VerificationVerdict.NotProvable,
        Findings = [why],
        Started = started,
        Duration = default,
    };

    private static VerificationResult Result(
        VerificationLevel level, IReadOnlyList<string> findings, IReadOnlyList<TableComparison> tables, DateTimeOffset started) => new()
    {
        Level = level,
        Verdict = findings.Count == 0 ? VerificationVerdict.Passed : VerificationVerdict.Failed,
        Findings = findings,
        Tables = tables,
        Started = started,
        Duration = default,
    };

    private async Task DropAsync(ServerAddress address, string database)
    {
        try
        {
            NpgsqlConnection connection = await PostgresConnector.OpenAsync(
                address, address.Database, new ConnectorOptions(), CancellationToken.None).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                await DatabaseRemoval.DropCopyAsync(connection, address, database, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is BackupException or NpgsqlException)
        {
            _warn($"The database '{database}' of the test could not be removed: {e.Message}");
        }
    }

    private async Task WriteProofAsync(BackupRecord backup, VerificationResult result, CancellationToken cancellationToken)
    {
        // What this machine lacks says nothing of the backup, and a lesser test does not unsay a deeper one of the same bytes.
        string? sha256 = backup.Manifest?.DataSha256;
        bool lesser = result.Verdict == VerificationVerdict.Passed && backup.Proof is { } earlier && earlier.Verdict == nameof(VerificationVerdict.Passed)
            && Enum.TryParse(earlier.Level, out VerificationLevel level) && level > result.Level;
        if (sha256 is null || lesser || result.Verdict == VerificationVerdict.NotProvable)
            return;
        var proof = new VerificationProof
        {
            Tool = _tool,
            Id = backup.Id,
            DataSha256 = sha256,
            Level = result.Level.ToString(),
            Verdict = result.Verdict.ToString(),
            Tested = _clock.GetUtcNow(),
            ServerVersion = result.ServerVersion,
            Tables = result.Tables.Count,
            Rows = result.Tables.Sum(t => t.ActualRows ?? 0),
            Findings = backup.Manifest?.Encryption is null || result.Findings.Count == 0 ? result.Findings : [NotInTheClear],
        };
        try
        {
            await new BackupRepository(backup.Storage, _warn).WriteProofAsync(backup.Data.Name, proof, cancellationToken).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            _warn($"The result of the test could not be written beside {backup.Id}: {e.Message}");
        }
    }
}
