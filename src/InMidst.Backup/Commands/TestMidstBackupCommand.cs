using System.Management.Automation;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Postgres.Verify;
using InMidst.Backup.Repositories;

namespace InMidst.Backup.Commands;

/// <summary>Proves backups: as stored, by their contents, or by a restore that is compared with the source.</summary>
/// <remarks>
/// <para>
/// A bad backup is a result, with the verdict Failed and the failures in words; an error means that the test could not be done. The
/// verdict NotProvable means that this machine lacks something (an extension, a locale, a PostgreSQL of the source's version), which the
/// failures name: the backup may be whole. The result is written beside the backup and shown by <see cref="GetMidstBackupCommand"/>.
/// </para>
/// <para>
/// Of a backup that lies in several repositories every copy is tested, each with a result of its own, whose Repository says which it is. A
/// copy that cannot be reached is an error.
/// </para>
/// <para>
/// A restore goes into a throwaway server on this machine, one for all backups of the pipeline, which ends with the command; or to the
/// server that -HostName names. The server a backup was taken from is never contacted.
/// </para>
/// </remarks>
/// <example>
/// <summary>Read a backup through and compare it with what was recorded</summary>
/// <code run="server">
/// Backup-MidstDatabase -Database postgres | Test-MidstBackup
/// </code>
/// <para>Content is the default level; it needs no server.</para>
/// </example>
/// <example>
/// <summary>Prove the newest backup by a restore</summary>
/// <code>
/// Get-MidstBackup midst_prod -Latest | Test-MidstBackup -Level Restore
/// </code>
/// <para>The property Tables of the result has a row per table, with the rows expected and found.</para>
/// </example>
/// <example>
/// <summary>Test dump files of any origin</summary>
/// <code>
/// Get-ChildItem /srv/old/*.sql.gz | Test-MidstBackup | Where-Object -Property Passed -EQ -Value $false
/// </code>
/// <para>A dump without a manifest passes when it can be read to its end and ends as a complete dump does.</para>
/// </example>
/// <example>
/// <summary>Prove both copies of an encrypted backup</summary>
/// <code>
/// Get-MidstBackup midst_prod -Latest -Repository ./backups, s3://inmidst-backups/backups | Test-MidstBackup -Level Restore -IdentityFile ./midst.key
/// </code>
/// <para>Two results: of the copy in the directory, and of the one in the bucket.</para>
/// </example>
/// <seealso cref="GetMidstBackupCommand"/>
/// <seealso cref="RestoreMidstDatabaseCommand"/>
[Cmdlet(VerbsDiagnostic.Test, "MidstBackup", DefaultParameterSetName = BackupSet)]
[OutputType(typeof(MidstBackupTest), typeof(bool))]
public sealed class TestMidstBackupCommand : BackupInputCmdlet
{
    private IProofServer? _server;

    /// <summary>How deep the test goes.</summary>
    /// <value>Content</value>
    [Parameter]
    public MidstTestLevel Level { get; set; } = MidstTestLevel.Content;

    /// <summary>
    /// Connections of level Restore that load side by side, and then read the rows again to compare them. Where the server has no room for
    /// all, fewer do it, with a warning. Dumps of other tools are loaded by one.
    /// </summary>
    /// <value>The number of processors, at least 2 and at most 8</value>
    [Parameter]
    [ValidateRange(1, 64)]
    public int? ThrottleLimit { get; set; }

    /// <summary>Writes only true or false for each backup: whether every copy of it passed. One that cannot be tested has not.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    protected override async ValueTask CleanUpAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync().ConfigureAwait(false);
        await base.CleanUpAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    private protected override async Task ProcessAsync(ChosenBackup backup, CancellationToken cancellationToken)
    {
        bool passed = true;
        foreach (RepositoryFailure unasked in backup.Unasked)
            await WriteErrorAsync(unasked.ToError("A repository could not be asked for the backup."), cancellationToken).ConfigureAwait(false);
        foreach (StoredCopy copy in backup.Copies)
        {
            try
            {
                passed &= await TestAsync(await copy.OpenAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            }
            catch (BackupException e)
            {
                passed = false;
                await WriteErrorAsync(CopyTrouble.Concerns(e) ? new RepositoryFailure(copy.Location, e).ToError() : e, cancellationToken).ConfigureAwait(false);
            }
        }

        if (Quiet)
            await WriteObjectAsync(passed && backup.Unasked.Count == 0, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> TestAsync(BackupRecord copy, CancellationToken cancellationToken)
    {
        _server ??= NamesServer
            ? new ExistingProofServer(await ResolveAddressAsync("postgres", cancellationToken).ConfigureAwait(false))
            : new SandboxProofServer(
                await ResolveBinDirectoriesAsync(cancellationToken).ConfigureAwait(false), new VerboseProgress(PostVerbose));
        var verifier = new BackupVerifier(_server, Tool, Clock, PostWarning) { Workers = ThrottleLimit };
        VerificationResult result = await verifier.RunAsync(
            copy, (VerificationLevel)Level, ProgressBar($"Testing {copy.Id} in {copy.Storage.Properties.Location}"), cancellationToken).ConfigureAwait(false);
        PostProgressCompleted();
        MidstBackupTest output = result.ToOutput(copy);
        if (!Quiet)
            await WriteObjectAsync(output, cancellationToken).ConfigureAwait(false);
        return output.Passed;
    }
}
