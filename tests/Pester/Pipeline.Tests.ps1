#Requires -Version 7.6
#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    $manifest = [IO.Path]::GetFullPath("$PSScriptRoot/../../InMidst.Backup.psd1")
    Import-Module $manifest -Force
    # A link, such as DATABASE_latest, is more than TestDrive: can clear up.
    $directory = (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "midst-pester-$PID")).FullName
    Push-Location $directory
    $sandbox = New-MidstSandbox -SampleData -Scale 0.001
    $to = @{ HostName = $sandbox.HostName; Port = $sandbox.Port; Credential = $sandbox.Credential }
    $backup = $sandbox | Backup-MidstDatabase
}

AfterAll {
    Pop-Location
    $sandbox | Remove-MidstSandbox
    [IO.Directory]::Delete($directory, $true)
}

Describe 'The pipeline' {
    It 'backs up, proves by a restore, and restores' {
        $backup.Database | Should -Be 'midst'
        $backup.Path | Should -Exist
        $test = $backup | Test-MidstBackup -Level Restore
        $test.Failures | Should -BeNullOrEmpty
        $test.Passed | Should -BeTrue
        $restore = Get-MidstBackup midst -Latest | Restore-MidstDatabase -TargetDatabase copy @to
        $restore.Rows | Should -Be $backup.Rows
        (Get-MidstDatabase copy @to).Database | Should -Be 'copy'
    }

    It 'gets single tables back' {
        $restore = $backup | Restore-MidstDatabase -Table midst.profiles -TargetDatabase rescue @to -WarningVariable left -WarningAction SilentlyContinue
        $restore.Tables | Should -Be 1
        $restore.Rows | Should -BeGreaterThan 0
        $left | Should -Match 'profiles_team'
    }

    It 'replaces a database only when it is meant' {
        $null = $backup | Restore-MidstDatabase -TargetDatabase live @to
        $backup | Restore-MidstDatabase -TargetDatabase live -Replace -WhatIf @to
        (Get-MidstDatabase 'live*' @to).Database | Should -Be 'live'
        $restore = $backup | Restore-MidstDatabase -TargetDatabase live -Replace -Confirm:$false @to -WarningAction SilentlyContinue
        $restore.ReplacedDatabase | Should -BeLike 'live_replaced_*'
        (Get-MidstDatabase 'live*' @to).Database | Should -Be 'live', $restore.ReplacedDatabase
    }

    It 'restores files that Get-ChildItem finds, in any drive of the file system' {
        $null = New-PSDrive -Name Dumps -PSProvider FileSystem -Root $directory/backups
        $restore = Get-ChildItem Dumps:/midst_2*.sql.gz -Exclude *.globals.sql.gz | Select-Object -First 1 |
            Restore-MidstDatabase -TargetDatabase from_file @to
        $restore.TargetDatabase | Should -Be 'from_file'
    }

    It 'keeps two copies, restores from the second, copies and removes them' {
        $two = Backup-MidstDatabase midst @to -Repository ./one, ./two
        $two.Locations | Should -HaveCount 2
        ($two | Test-MidstBackup).Passed | Should -Be $true, $true
        Remove-Item $two.Locations[0]
        ($two | Restore-MidstDatabase -TargetDatabase second_copy @to -WarningAction SilentlyContinue).Path | Should -Be $two.Locations[1]
        ($two | Copy-MidstBackup -Destination ./three -WarningAction SilentlyContinue).Locations[-1] | Should -Exist
        Get-MidstBackup -Repository ./three | Remove-MidstBackup -WhatIf
        (Get-MidstBackup -Repository ./three | Remove-MidstBackup -Confirm:$false).Status | Should -Be 'Removed'
        Get-MidstBackup -Repository ./three | Should -BeNullOrEmpty
    }

    It 'makes a lost manifest anew' {
        $lost = Backup-MidstDatabase midst @to -Repository ./lost
        Remove-Item "$($lost.Path).manifest.json"
        (Repair-MidstRepository -Repository ./lost -WhatIf).Status | Should -Be 'Found'
        (Repair-MidstRepository -Repository ./lost -Confirm:$false).Status | Should -Be 'Rebuilt'
        Get-MidstBackup -Repository ./lost | Test-MidstBackup -Quiet | Should -BeTrue
    }

    It 'encrypts, and reads with the key' {
        $key = New-MidstKey ./pester.key
        $secret = Backup-MidstDatabase midst @to -Repository ./secret -Recipient $key.Recipient
        $secret.Encrypted | Should -BeTrue
        { $secret | Restore-MidstDatabase -TargetDatabase never @to -ErrorAction Stop } | Should -Throw -ErrorId 'EncryptionKeyMissing,*'
        ($secret | Restore-MidstDatabase -TargetDatabase decrypted -IdentityFile ./pester.key @to).Rows | Should -Be $secret.Rows
    }

    It 'stops cleanly when enough has been written' {
        $first = 'midst', 'postgres' | Backup-MidstDatabase @to -Repository ./few | Select-Object -First 1
        $first.Database | Should -Be 'midst'
        Get-ChildItem ./few -Filter *.manifest.json | Should -HaveCount 1
        Get-ChildItem ./few -Filter postgres* | Should -BeNullOrEmpty
    }

    It 'takes a backup into a job' {
        $passed = Start-Job { Import-Module $using:manifest; $input | Test-MidstBackup -Quiet } -InputObject $backup |
            Receive-Job -Wait -AutoRemoveJob
        $passed | Should -BeTrue
    }

    It 'takes a backup out of a job' {
        $made = Start-Job {
            Import-Module $using:manifest
            Set-Location $using:directory
            $to = $using:to
            Backup-MidstDatabase midst @to -Repository ./from-job
        } | Receive-Job -Wait -AutoRemoveJob
        ($made | Test-MidstBackup).Passed | Should -BeTrue
    }

    It 'backs up side by side' {
        $made = 'midst', 'postgres' | ForEach-Object -Parallel {
            Import-Module $using:manifest
            $to = $using:to
            Backup-MidstDatabase $_ @to -Repository "$using:directory/parallel"
        } -ThrottleLimit 2
        $made.Database | Sort-Object | Should -Be 'midst', 'postgres'
        $made | Test-MidstBackup -Quiet | Should -Be $true, $true
    }

    It 'survives Export-Clixml' {
        $backup | Export-Clixml ./backup.xml
        Import-Clixml ./backup.xml | Test-MidstBackup -Quiet | Should -BeTrue
    }

    It 'becomes JSON with plain values' {
        $json = $backup | ConvertTo-Json -EnumsAsStrings | ConvertFrom-Json
        $json.Id | Should -Be $backup.Id
        $json.Kind | Should -Be 'Dump'
        $json.Rows | Should -Be $backup.Rows
        { $backup | Test-MidstBackup | ConvertTo-Json -WarningAction Stop } | Should -Not -Throw
    }

    It 'shows no password of a sandbox' {
        $password = $sandbox.Credential.GetNetworkCredential().Password
        ($sandbox | Format-List * | Out-String) | Should -Not -Match $password
        ($sandbox | ConvertTo-Json -WarningAction SilentlyContinue) | Should -Not -Match $password
    }

    It 'changes nothing with -WhatIf' {
        Backup-MidstDatabase midst @to -Repository ./imagined -WhatIf
        './imagined' | Should -Not -Exist
        $backup | Restore-MidstDatabase -TargetDatabase imagined @to -WhatIf
        Get-MidstDatabase imagined @to -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $sandbox | Remove-MidstSandbox -WhatIf
        (Get-MidstSandbox $sandbox.Id).Id | Should -Be $sandbox.Id
    }

    It 'completes databases and ids' {
        # A completer gives up after a second, which a busy machine can take: Tab is pressed again.
        function Complete([string] $Line) {
            foreach ($press in 1..20) {
                $offers = (TabExpansion2 $Line $Line.Length).CompletionMatches.CompletionText
                if ($offers) { return $offers }
            }
        }
        Complete 'Get-MidstBackup -Database mi' | Should -Be 'midst'
        Complete 'Restore-MidstDatabase -Id midst_' | Should -Contain $backup.Id
    }

    It 'fails a script that says so, with an id to catch by' {
        { Backup-MidstDatabase no_such @to -ErrorAction Stop } | Should -Throw -ErrorId 'DatabaseNotFound,*'
    }
}
