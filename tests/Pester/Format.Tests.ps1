#Requires -Version 7.6
#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

# The approved texts are compared by the tests of the cmdlets; here the same is seen through the real Format-Table and Format-List.

BeforeAll {
    Import-Module ([IO.Path]::GetFullPath("$PSScriptRoot/../../InMidst.Backup.psd1")) -Force
    $PSStyle.OutputRendering = 'PlainText'
    $backup = [InMidst.Backup.MidstBackup]@{
        Id       = 'midst_prod_20260206_020000'
        Database = 'midst_prod'
        Started  = [DateTime]::new(2026, 2, 6, 2, 0, 0, [DateTimeKind]::Utc)
        Duration = [TimeSpan]::FromSeconds(83.26)
        Size     = 1149239296
        Rows     = 12345678
        Proof    = 'Passed'
        ProofLevel = 'Restore'
    }
}

Describe 'What is shown' {
    It 'is a table of at most six columns for <_>' -ForEach MidstBackup, MidstBackupTest, MidstTableTest, MidstRestore, MidstDatabase, MidstSandbox {
        $views = (Get-FormatData "InMidst.Backup.$_").FormatViewDefinition
        $table = $views | Where-Object { $_.Control -is [System.Management.Automation.TableControl] }
        $table.Control.Rows[0].Columns.Count | Should -BeLessOrEqual 6
        $views.Control | Where-Object { $_ -is [System.Management.Automation.ListControl] } | Should -HaveCount 1
    }

    It 'has sizes and counts for people' {
        $text = $backup | Format-Table | Out-String -Width 80
        $text | Should -Match '1\.07 GB'
        $text | Should -Match '12,345,678'
        $text | Should -Match 'Passed \(Restore\)'
    }

    It 'computes with sizes all the same' {
        $backup.Size / 1GB | Should -BeGreaterThan 1
        (@($backup, $backup) | Measure-Object Size -Sum).Sum | Should -Be 2298478592
    }

    It 'is a list of everything on request' {
        $text = $backup | Format-List | Out-String -Width 120
        $text | Should -Match 'Database +: midst_prod'
        $text | Should -Match 'Started +: 2026-02-06 02:00:00Z'
    }
}
