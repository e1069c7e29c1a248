#Requires -Version 7.6
#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

# What only a real pwsh shows of the import: run Invoke-Pester ./tests/Pester after a build.

BeforeAll {
    $manifest = [IO.Path]::GetFullPath("$PSScriptRoot/../../InMidst.Backup.psd1")
}

Describe 'Importing the module' {
    It 'has a valid manifest' {
        $info = Test-ModuleManifest $manifest
        $info.Name | Should -Be 'InMidst.Backup'
        $info.PowerShellVersion | Should -Be '7.6'
    }

    It 'exports the cmdlets the manifest promises, and nothing else' {
        Import-Module $manifest -Force
        $promised = (Import-PowerShellDataFile $manifest).CmdletsToExport
        $exported = Get-Command -Module InMidst.Backup
        $exported.Name | Sort-Object | Should -Be ($promised | Sort-Object)
        $exported.CommandType | Select-Object -Unique | Should -Be 'Cmdlet'
    }

    It 'uses approved verbs only' {
        Import-Module $manifest -Force -WarningVariable warnings
        $warnings | Should -BeNullOrEmpty
    }

    It 'can be imported twice' {
        { 1..2 | ForEach-Object { Import-Module $manifest -Force -ErrorAction Stop } } | Should -Not -Throw
        @(Get-Module InMidst.Backup).Count | Should -Be 1
    }

    It 'keeps its packages out of the session' {
        Import-Module $manifest -Force
        Get-MidstDatabase -HostName 127.0.0.1 -Port 1 -ErrorAction SilentlyContinue
        $npgsql = [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'Npgsql' }
        $npgsql | Should -Not -BeNullOrEmpty
        [System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext($npgsql).Name | Should -Be 'InMidst.Backup'
    }

    It 'has help for <_>' -ForEach @((Import-PowerShellDataFile "$PSScriptRoot/../../InMidst.Backup.psd1").CmdletsToExport) {
        Import-Module $manifest -Force
        $help = Get-Help $_ -Full
        $help.Synopsis | Should -Not -Match ([regex]::Escape($_))
        $help.examples.example.Count | Should -BeGreaterOrEqual 2
    }
}
