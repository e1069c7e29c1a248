@{
    RootModule           = 'bin/InMidst.Backup.dll'
    # Initialised before RootModule is read: it tells .NET where the engine's assemblies are.
    NestedModules        = @('bin/InMidst.Backup.Loader.dll')
    ModuleVersion        = '0.1.0'
    GUID                 = '5f0c1c86-9a7b-4f0e-9f6d-6a8f4f4c7b21'
    Author               = 'InMidst'
    CompanyName          = 'InMidst'
    Copyright            = '(c) InMidst. MIT licence.'
    Description          = 'Backs up, verifies and restores PostgreSQL databases: plain SQL anyone can restore, proven by a real restore.'
    PowerShellVersion    = '7.6'
    CompatiblePSEditions = @('Core')
    FormatsToProcess     = @('bin/InMidst.Backup.Format.ps1xml')
    FunctionsToExport    = @()
    AliasesToExport      = @()
    VariablesToExport    = @()
    CmdletsToExport      = @(
        'Backup-MidstDatabase'
        'Copy-MidstBackup'
        'Get-MidstBackup'
        'Get-MidstDatabase'
        'Get-MidstSandbox'
        'New-MidstKey'
        'New-MidstSandbox'
        'Remove-MidstBackup'
        'Remove-MidstSandbox'
        'Repair-MidstRepository'
        'Restore-MidstDatabase'
        'Test-MidstBackup'
    )
    PrivateData          = @{
        PSData = @{
            Tags       = @('PostgreSQL', 'backup', 'restore', 'pg_dump', 'database')
            LicenseUri = 'https://opensource.org/license/mit'
        }
    }
}
