using System.Management.Automation;
using InMidst.Backup.Core.Encryption;

namespace InMidst.Backup.Commands;

/// <summary>Makes a key for encrypted backups and writes it into a file that only you can read.</summary>
/// <remarks>
/// <para>
/// The key has two halves. The public one, the recipient, is no secret: with it backups are encrypted. The secret one reads them again.
/// It stands in the file only, never in the pipeline, and it is what you must not lose: without it nobody reads the backups, nor do we.
/// Keep a copy where the backups are not, and not only on the machine that makes them, which needs the recipient alone.
/// </para>
/// <para>
/// The file is an identity file of age (https://age-encryption.org), as age-keygen makes it: age reads it, and so do its other
/// implementations. Whatever stands at the path already is left alone. Only its owner may read it (mode 0600); on Windows it has the
/// rights of its directory.
/// </para>
/// </remarks>
/// <example>
/// <summary>Make a key</summary>
/// <code run="true">
/// $key = New-MidstKey -Path ./midst.key
/// $key.Recipient
/// </code>
/// <para>Writes the secret key into midst.key and shows the public one, which begins with age1.</para>
/// </example>
/// <example>
/// <summary>Keys of two people who can each read a backup</summary>
/// <code run="true">
/// $recipients = 'first', 'second' | ForEach-Object { (New-MidstKey -Path "./$_.key").Recipient }
/// </code>
/// <para>What is encrypted for several recipients is read with the key of any one of them.</para>
/// </example>
[Cmdlet(VerbsCommon.New, "MidstKey", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(MidstKey))]
public sealed class NewMidstKeyCommand : MidstCmdlet
{
    /// <summary>The file to make; it must not exist, and its directory must.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        string path = await ResolvePathAsync(Path!, cancellationToken).ConfigureAwait(false);
        if (!await ShouldProcessAsync(path, "Make a key", cancellationToken).ConfigureAwait(false))
            return;
        AgeRecipient recipient = await AgeKeyFile.CreateAsync(path, Clock, cancellationToken).ConfigureAwait(false);
        await WriteObjectAsync(new MidstKey { Path = path, Recipient = recipient.ToString() }, cancellationToken).ConfigureAwait(false);
    }
}
