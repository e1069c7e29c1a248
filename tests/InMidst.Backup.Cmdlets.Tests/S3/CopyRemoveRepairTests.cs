using System.Management.Automation;
using InMidst.Backup.Cmdlets.Tests.Fixtures;
using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.S3;

/// <summary>What a user types to copy, remove and repair, on disk and on a real server.</summary>
public sealed class CopyRemoveRepairTests(ServerFixture fixture, S3Fixture s3) : IDisposable
{
    private readonly Desk _desk = new(fixture);

    public void Dispose() => _desk.Dispose();

    [Fact]
    public async Task A_backup_goes_from_disk_to_bucket_to_bucket_to_disk_and_is_the_same()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);
        _desk.Run($"$backup = Backup-MidstDatabase crm @to; $second = 's3://{bucket.Name}/second'");

        PSObject copied = _desk.One("$backup | Copy-MidstBackup -Destination $bucket @s3");
        PSObject again = _desk.One("Copy-MidstBackup -Id $backup.Id -Repository $bucket -Destination $second @s3");
        PSObject back = _desk.One("Copy-MidstBackup -Database crm -Latest -Repository $second -Destination ./back @s3");

        string id = copied.Text("Id");
        Assert.Equal([_desk.File("backups", id + ".sql.gz"), $"{bucket.Repository}/crm/{id}.sql.gz"], (string[])copied.Get("Locations")!);
        Assert.Equal([$"{bucket.Repository}/crm/{id}.sql.gz", $"s3://{bucket.Name}/second/crm/{id}.sql.gz"], (string[])again.Get("Locations")!);
        Assert.Equal([_desk.File("back", id + ".sql.gz"), $"s3://{bucket.Name}/second/crm/{id}.sql.gz"], (string[])back.Get("Locations")!);
        Assert.Equal(File.ReadAllBytes(_desk.File("backups", id + ".sql.gz")), File.ReadAllBytes(_desk.File("back", id + ".sql.gz")));
        Assert.Equal(
            ["Passed", "Passed"],
            _desk.Run("Get-MidstBackup -Repository ./back, $bucket @s3 | Test-MidstBackup @s3").Output.Texts("Verdict"));
    }

    [Fact]
    public async Task A_copy_takes_the_next_source_where_the_nearest_is_damaged()
    {
        await Bucket.MakeAsync(s3, _desk);
        PSObject backup = _desk.One("($backup = Backup-MidstDatabase crm @to -Repository ./backups, $bucket @s3)");
        byte[] bytes = File.ReadAllBytes(backup.Text("Path"));
        bytes[bytes.Length / 2] ^= 0xFF;
        File.WriteAllBytes(backup.Text("Path"), bytes);

        PsResult copied = _desk.Run("$backup | Copy-MidstBackup -Destination ./copies @s3");

        Assert.NotEmpty(copied.Warnings);
        Assert.Equal([true], _desk.Run("Get-MidstBackup -Repository ./copies | Test-MidstBackup -Quiet").Values);
    }

    [Fact]
    public async Task All_copies_are_removed_or_those_of_a_repository()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);
        _desk.Run("$backups = Backup-MidstDatabase crm, midst_one @to -Repository ./backups, $bucket @s3");

        PSObject local = _desk.One("$backups[0] | Remove-MidstBackup -Repository ./backups -Confirm:$false @s3");
        PsResult both = _desk.Run("$backups[1] | Remove-MidstBackup -Confirm:$false @s3");

        Assert.Equal("Removed", local.Text("Status"));
        Assert.Equal(_desk.File("backups"), local.Text("Repository"));
        Assert.Equal([_desk.File("backups"), bucket.Repository], both.Output.Texts("Repository"));
        Assert.Empty(_desk.Repository);
        Assert.All(await bucket.KeysAsync(), key => Assert.StartsWith("crm/", key, StringComparison.Ordinal));
        PSObject left = _desk.One("Get-MidstBackup -Repository ./backups, $bucket @s3");
        Assert.Equal("crm", left.Text("Database"));
        Assert.Single((string[])left.Get("Locations")!);
        Assert.Equal("Removed", _desk.One($"Remove-MidstBackup -Id {left.Text("Id")} -Repository ./backups, $bucket @s3 -Confirm:$false").Text("Status"));
        Assert.Empty(await bucket.KeysAsync());
    }

    [Fact]
    public async Task What_the_bucket_keeps_is_reported_as_locked_and_the_rest_removed()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk, objectLock: true);
        _desk.Run("""
            $until = [DateTimeOffset]::UtcNow.AddDays(2)
            $kept = Backup-MidstDatabase crm @to -Repository ./backups, $bucket @s3 -S3ObjectLock Governance -S3RetainUntil $until
            $held = Backup-MidstDatabase midst_two @to -Repository $bucket @s3 -S3LegalHold
            $free = Backup-MidstDatabase midst_one @to -Repository $bucket @s3
            """);

        PsResult removed = _desk.Run("$kept, $held, $free | Remove-MidstBackup -Confirm:$false @s3");

        Assert.Equal(["Removed", "Locked", "Locked", "Removed"], removed.Output.Texts("Status"));
        Assert.Equal(DateTime.UtcNow.AddDays(2), ((DateTime)removed.Output[1].Get("LockedUntil")!).ToUniversalTime(), TimeSpan.FromMinutes(10));
        Assert.Equal(true, removed.Output[2].Get("LegalHold"));
        Assert.Equal(["crm", "midst_two"], _desk.Run("Get-MidstBackup -Repository $bucket @s3").Output.Texts("Database").Order(StringComparer.Ordinal));
        Assert.Equal([true, true], _desk.Run("Get-MidstBackup -Repository $bucket @s3 | Test-MidstBackup -Quiet @s3").Values);
        Assert.Contains(await bucket.KeysAsync(), key => key.StartsWith("crm/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Objects_are_given_what_was_asked()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);

        PSObject backup = _desk.One("Backup-MidstDatabase crm @to -Repository $bucket @s3 -S3Tag @{ env = 'test' } -S3PartSize 5MB -S3MaximumParts 1000 -MaxRate 50MB");

        IReadOnlyDictionary<string, string>? headers = await bucket.Server.HeadObjectAsync(bucket.Name, $"backups/crm/{backup.Text("Id")}.sql.gz");
        Assert.NotNull(headers);
        Assert.Equal("1", headers["x-amz-tagging-count"]);
    }

    [Fact]
    public async Task A_lost_manifest_is_made_anew_and_leftovers_go()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);
        PSObject backup = _desk.One("($backup = Backup-MidstDatabase crm @to -Repository $bucket @s3)");
        string manifest = $"crm/{backup.Text("Id")}.sql.gz.manifest.json";
        await bucket.Server.DeleteObjectAsync(bucket.Name, "backups/" + manifest);
        byte[] dump = await bucket.ReadAsync($"crm/{backup.Text("Id")}.sql.gz");
        await bucket.WriteAsync("crm/crm_20250101_000000.sql.gz", dump[..(dump.Length / 2)]);

        PsResult imagined = _desk.Run("Repair-MidstRepository -Repository $bucket @s3 -MinimumAge 0 -WhatIf");
        IReadOnlyList<string> before = await bucket.KeysAsync();
        PsResult repaired = _desk.Run("Repair-MidstRepository -Repository $bucket @s3 -MinimumAge 0 -Confirm:$false");

        Assert.Equal(["Found", "Found"], imagined.Output.Texts("Status"));
        Assert.DoesNotContain(manifest, before);
        Assert.Equal(
            ["DataWithoutManifest Removed", "LostManifest Rebuilt"],
            repaired.Output.Select(f => $"{f.Text("Kind")} {f.Text("Status")}").Order(StringComparer.Ordinal));
        Assert.Contains(manifest, await bucket.KeysAsync());
        Assert.Equal([true], _desk.Run("Get-MidstBackup -Repository $bucket @s3 | Test-MidstBackup -Quiet @s3").Values);
        Assert.Empty(_desk.Run("Repair-MidstRepository -Repository $bucket @s3 -MinimumAge 0 -Confirm:$false").Output);
    }

    [Fact]
    public async Task The_manifest_of_an_encrypted_backup_is_made_anew_with_its_key()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);
        PSObject backup = _desk.One("$key = New-MidstKey ./my.key; $backup = Backup-MidstDatabase crm @to -Repository $bucket @s3 -Recipient $key.Recipient; $backup");
        await bucket.Server.DeleteObjectAsync(bucket.Name, $"backups/crm/{backup.Text("Id")}.sql.gz.age.manifest.json");

        Assert.Equal("EncryptedWithoutManifest", _desk.One("Repair-MidstRepository -Repository $bucket @s3 -Confirm:$false").Text("Kind"));
        Assert.Equal("Rebuilt", _desk.One("Repair-MidstRepository -Repository $bucket @s3 -Confirm:$false -IdentityFile ./my.key").Text("Status"));

        Assert.Equal([true], _desk.Run("Get-MidstBackup -Repository $bucket @s3 | Test-MidstBackup -Quiet @s3 -IdentityFile ./my.key").Values);
    }

    [Fact]
    public async Task Nothing_is_changed_when_it_is_only_imagined()
    {
        Bucket bucket = await Bucket.MakeAsync(s3, _desk);
        _desk.Run("$backup = Backup-MidstDatabase crm @to");
        IReadOnlyList<string> before = _desk.Repository;

        _desk.Run("$backup | Copy-MidstBackup -Destination $bucket @s3 -WhatIf; $backup | Copy-MidstBackup -Destination ./copies -WhatIf; $backup | Remove-MidstBackup -WhatIf");

        Assert.Empty(await bucket.KeysAsync());
        Assert.False(Directory.Exists(_desk.File("copies")));
        Assert.Equal(before, _desk.Repository);
    }

    [Fact]
    public void A_removal_asks_by_itself_and_no_is_no()
    {
        int asked = 0;
        using var desk = new Desk(fixture, new AnsweringHost((_, labels) =>
        {
            asked++;
            return labels.ToList().FindIndex(label => label == "&No");
        }));

        Assert.Empty(desk.Run("Backup-MidstDatabase crm @to | Remove-MidstBackup").Output);

        Assert.Equal(1, asked);
        Assert.NotEmpty(desk.Repository);
    }
}
