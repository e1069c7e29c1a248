using System.ComponentModel;
using System.Management.Automation;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Commands;

/// <summary>Connection parameters of cmdlets that read a source: objects that say where they come from bind to them.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class SourceCmdlet : ConnectionCmdlet
{
    /// <inheritdoc cref="ConnectionCmdlet.HostName"/>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public override string? HostName { get; set; }

    /// <inheritdoc cref="ConnectionCmdlet.Port"/>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, 65535)]
    public override int? Port { get; set; }

    /// <inheritdoc cref="ConnectionCmdlet.UserName"/>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public override string? UserName { get; set; }

    /// <inheritdoc cref="ConnectionCmdlet.Credential"/>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public override PSCredential? Credential { get; set; }

    /// <inheritdoc cref="ConnectionCmdlet.SslMode"/>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public override MidstSslMode? SslMode { get; set; }

    /// <inheritdoc cref="ConnectionCmdlet.SslRootCertificate"/>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public override string? SslRootCertificate { get; set; }

    /// <inheritdoc cref="ConnectionCmdlet.SslCertificate"/>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public override string? SslCertificate { get; set; }

    /// <inheritdoc cref="ConnectionCmdlet.SslKey"/>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public override string? SslKey { get; set; }

    /// <summary>The work on one source. What it throws is an error of that source; the others of the pipeline go on.</summary>
    private protected abstract Task ReadSourceAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    protected sealed override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ReadSourceAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            await WriteErrorAsync(e, cancellationToken).ConfigureAwait(false);
        }
    }
}
