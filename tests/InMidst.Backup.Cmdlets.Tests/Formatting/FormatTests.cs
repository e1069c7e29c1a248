using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.Formatting;

/// <summary>
/// What a user sees of every output type, approved as text. A change is made on purpose: read the new text, then write it to
/// tests/data/formatted. The objects are made here, so that the text is the same on every machine and in every culture.
/// </summary>
public sealed class FormatTests
{
    private const string Objects = """
        $times = @{
            Started = [DateTime]::new(2026, 2, 6, 2, 0, 0, [DateTimeKind]::Utc)
            Duration = [TimeSpan]::FromSeconds(83.26)
        }
        $backups = @(
            [InMidst.Backup.MidstBackup](@{
                Id = 'midst_prod_20260206_020000'; Database = 'midst_prod'; Kind = 'Dump'; Size = 1149239296; DataSize = 5368709120
                Tables = 38; Rows = 12345678; LargeObjects = 10; Proof = 'Passed'; ProofLevel = 'Restore'
                ProvenAt = [DateTime]::new(2026, 2, 6, 2, 5, 0, [DateTimeKind]::Utc); Repository = '/srv/backups'
                Path = '/srv/backups/midst_prod_20260206_020000.sql.gz'; SourceHost = 'db.example.org'; SourcePort = 5432
                ServerVersion = '17.2'; SystemIdentifier = '7711017234340334654'; SnapshotLsn = '0/1DAA000'; Compression = 'Gzip'
                Locations = '/srv/backups/midst_prod_20260206_020000.sql.gz', 's3://vault/backups/midst_prod/midst_prod_20260206_020000.sql.gz'
                Encrypted = $true; Recipients = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'
            } + $times)
            [InMidst.Backup.MidstBackup](@{
                Id = 'crm_20260206_020000'; Database = 'crm'; Kind = 'Dump'; Size = 1623; Tables = 0; Rows = 0; Compression = 'Zstd'
                Proof = 'Failed'; ProofLevel = 'Stored'
            } + $times)
            [InMidst.Backup.MidstBackup]@{
                Id = 'legacy'; Kind = 'ForeignDump'; Size = 104857600; Started = $times.Started; Repository = '/srv/backups'
                Path = '/srv/backups/legacy.sql.gz'
            }
        )
        $tables = @(
            [InMidst.Backup.MidstTableTest]@{ Schema = 'midst'; Table = 'profiles'; ExpectedRows = 700000; ActualRows = 700000; Match = $true }
            [InMidst.Backup.MidstTableTest]@{ Schema = 'midst'; Table = 'masks'; ExpectedRows = 350; ActualRows = 349; Match = $false }
            [InMidst.Backup.MidstTableTest]@{ Schema = 'midst'; Table = 'teams'; ExpectedRows = 30 }
        )
        $tests = @(
            [InMidst.Backup.MidstBackupTest](@{
                Id = 'midst_prod_20260206_020000'; Database = 'midst_prod'; Level = 'Restore'; Verdict = 'Failed'
                Failures = 'midst.masks has 349 rows instead of 350.', 'midst.teams could not be read.'; Tables = $tables; Rows = 700349
                LargeObjects = 10; Sequences = 7; ServerVersion = '17.2'; Repository = '/srv/backups'
                Path = '/srv/backups/midst_prod_20260206_020000.sql.gz'
            } + $times)
            [InMidst.Backup.MidstBackupTest](@{
                Id = 'crm_20260206_020000'; Database = 'crm'; Level = 'Content'; Verdict = 'Passed'; Repository = '/srv/backups'
            } + $times)
        )
        $restores = [InMidst.Backup.MidstRestore](@{
            Id = 'midst_prod_20260206_020000'; TargetDatabase = 'midst_copy'; HostName = 'new.example.org'; Port = 5432
            Path = '/srv/backups/midst_prod_20260206_020000.sql.gz'; ReplacedDatabase = 'midst_copy_replaced_20260206_020120'; CreatedRoles = 'app', 'reader'
            ServerVersion = '17.2'; Tables = 38; Rows = 12345678
        } + $times)
        $removals = @(
            [InMidst.Backup.MidstBackupRemoval]@{
                Id = 'midst_prod_20260206_020000'; Database = 'midst_prod'; Size = 1149239296; Repository = '/srv/backups'
                Path = '/srv/backups/midst_prod_20260206_020000.sql.gz'
            }
            [InMidst.Backup.MidstBackupRemoval]@{
                Id = 'midst_prod_20260206_020000'; Database = 'midst_prod'; Size = 1149239296; Repository = 's3://vault'; Status = 'Locked'
                LockedUntil = $times.Started; Path = 's3://vault/midst_prod/midst_prod_20260206_020000.sql.gz'
            }
            [InMidst.Backup.MidstBackupRemoval]@{ Id = 'crm_20260206_020000'; Database = 'crm'; Size = 1623; Repository = 's3://vault'; Status = 'Locked'; LegalHold = $true }
        )
        $findings = @(
            [InMidst.Backup.MidstRepairFinding]@{
                Kind = 'UnfinishedUpload'; Status = 'Removed'; Name = 'crm/crm_20260206_020000.sql.gz'; Since = $times.Started
                Description = 'An upload that was begun.'; Repository = 's3://vault'
            }
            [InMidst.Backup.MidstRepairFinding]@{
                Kind = 'LostManifest'; Status = 'Found'; Name = 'crm_20260206_020000.sql.gz'; Size = 1623; Since = $times.Started
                Description = 'A whole dump without a manifest.'; Repository = '/srv/backups'
            }
        )
        $databases = @(
            [InMidst.Backup.MidstDatabase]@{
                Database = 'midst_prod'; Size = 5368709120; Owner = 'midst_owner'; Encoding = 'UTF8'; Collation = 'en_GB.utf8'
                LastBackup = $times.Started; ServerVersion = '17.2'; HostName = 'db.example.org'; Port = 5432; UserName = 'backup'
                SslMode = 'VerifyFull'; SslRootCertificate = '/etc/ssl/root.pem'
            }
            [InMidst.Backup.MidstDatabase]@{ Database = 'secret'; Owner = 'ceo'; Encoding = 'UTF8'; Collation = 'C'; HostName = '/run/postgresql'; Port = 5432 }
        )
        $keys = [InMidst.Backup.MidstKey]@{
            Path = '/root/midst.key'; Recipient = 'age1k4cslm3qyd6pjmv8r4wke6en7j4vzcg4w3rjt34ff404jwwkap5qyejl04'
        }
        $sandboxes = [InMidst.Backup.MidstSandbox]@{
            Id = '62ad4da7'; HostName = '/tmp/midst-0/62ad4da7/pg'; Port = 5432; UserName = 'postgres'; Database = 'midst'; Version = '17.2'
            Directory = '/tmp/midst-0/62ad4da7'; ProcessId = 31818; OwnerProcessId = 31768; Started = $times.Started
            Credential = [pscredential]::new('postgres', [System.Net.NetworkCredential]::new('', 'hunter2').SecurePassword)
        }
        """;

    [Theory]
    [InlineData("backups")]
    [InlineData("tests")]
    [InlineData("tables")]
    [InlineData("restores")]
    [InlineData("removals")]
    [InlineData("findings")]
    [InlineData("databases")]
    [InlineData("sandboxes")]
    public void The_table_is_as_approved_and_fits_a_narrow_window(string objects)
    {
        string text = Render($"${objects} | Out-Default", width: 80);

        AssertApproved($"{objects}.table.txt", text);
        Assert.DoesNotContain("…", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("backups")]
    [InlineData("tests")]
    [InlineData("tables")]
    [InlineData("restores")]
    [InlineData("removals")]
    [InlineData("findings")]
    [InlineData("databases")]
    [InlineData("sandboxes")]
    [InlineData("keys")]
    public void The_list_is_as_approved(string objects) =>
        AssertApproved($"{objects}.list.txt", Render($"${objects} | Format-AsList | Out-Default", width: 120));

    [Fact]
    public void A_recipient_is_shown_whole_in_a_narrow_window_for_it_is_there_to_be_copied()
    {
        string text = Render("[InMidst.Backup.MidstKey]@{ Path = '/home/somebody/with/a/long/path/midst.key'; Recipient = $keys.Recipient } | Out-Default", width: 80);

        Assert.Contains(" age1k4cslm3qyd6pjmv8r4wke6en7j4vzcg4w3rjt34ff404jwwkap5qyejl04", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Copies_are_counted_where_there_is_room()
    {
        string[] lines = Render("$backups | Out-Default", width: 100).Split('\n');

        Assert.EndsWith(" Copies", lines[0].TrimEnd(), StringComparison.Ordinal);
        Assert.EndsWith(" 2", lines[2].TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void No_view_shows_a_password() =>
        Assert.DoesNotContain("hunter2", Render("$sandboxes | Format-AsList -Property * | Out-Default", width: 120), StringComparison.Ordinal);

    private static string Render(string script, int width)
    {
        var host = new PageHost(width);
        using PowerShellHost shell = Hosting.StagedModule.Open(host, ("Format-AsList", typeof(FormatAsListCommand)));
        // Numbers and times are written the same way everywhere; a culture of its own would show what is not.
        shell.Set("culture", "de-DE");
        shell.Run("[cultureinfo]::CurrentCulture = [cultureinfo] $culture\n" + Objects + "\n" + script).Successful();
        return host.Text;
    }

    private static void AssertApproved(string file, string text)
    {
        string path = Path.Combine(Hosting.StagedModule.Root, "tests", "data", "formatted", file);
        if (!File.Exists(path) || File.ReadAllText(path).TrimEnd('\n') != text)
            File.WriteAllText(Path.Combine(AppContext.BaseDirectory, file), text + "\n");
        Assert.True(File.Exists(path), $"{path} is missing.");
        Assert.Equal(File.ReadAllText(path).TrimEnd('\n'), text);
    }
}
