#Requires -Version 7.6
<#
.SYNOPSIS
    Cleans, builds, tests, demonstrates, measures and packages InMidst.Backup.
.DESCRIPTION
    Runs in pwsh 7.6 and in midst, our own host, which has the language and the core cmdlets only: hence .NET calls instead of
    Get-ChildItem and the like, and no redirection to files. Without any PowerShell, ./build.sh brings midst and runs this script.
.EXAMPLE
    ./build.ps1 Clean, Test
.EXAMPLE
    ./build.ps1 Matrix

    Fetches the majors of PostgreSQL that this machine lacks into artifacts/postgres, and runs the tests of all majors from 14 to 18.
.EXAMPLE
    ./build.ps1 Test -Project InMidst.Backup.Core.Tests -Filter *Storage*
.EXAMPLE
    ./build.ps1 Benchmark -Size 1.4 -Rounds 5 -Scenario Main -Markdown docs/benchmarks.md

    Measures this module and its peers on a data set of 1.4 GB, and writes the results into the page.
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Clean', 'Build', 'Test', 'Matrix', 'Demo', 'Benchmark', 'Package')]
    [string[]] $Task = 'Build',

    # Test only: run this one test project instead of all.
    [string] $Project,

    # Test with -Project, and Matrix: run the tests whose full name matches this pattern.
    [string] $Filter,

    # Benchmark only: GB of COPY text of the data set; 0.25 unless given.
    [double] $Size,

    # Benchmark only: how often each contender runs; 3 unless given.
    [int] $Rounds,

    # Benchmark only: Backup, Restore, RestoreLight (Main), Sizes, Tables, Shapes, Workers (Growth), S3, or All; Main unless given.
    [string[]] $Scenario,

    # Benchmark only: connections of ours and jobs of the parallel peers; 2 unless given.
    [int] $Workers,

    # Benchmark only: the page whose results are replaced, from the root of the repository.
    [string] $Markdown
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$Root = $PSScriptRoot
$Artifacts = [IO.Path]::Combine($Root, 'artifacts')
$Solution = [IO.Path]::Combine($Root, 'InMidst.Backup.sln')
$Manifest = [IO.Path]::Combine($Root, 'InMidst.Backup.psd1')
$Majors = 14, 15, 16, 17, 18 # that are supported
$script:IsBuilt = $false

# What the runner prints is read below, and no compiler or build process may be left behind.
$env:DOTNET_CLI_UI_LANGUAGE = 'en'
$env:DOTNET_NOLOGO = '1'
$env:MSBUILDDISABLENODEREUSE = '1'

function Invoke-Native([string] $Program, [string[]] $Arguments) {
    & $Program @Arguments
    if ($LASTEXITCODE -ne 0) {
        throw "$([IO.Path]::GetFileName($Program)) $($Arguments[0]) ended with exit code $LASTEXITCODE."
    }
}

function Remove-Directory([string] $Path) {
    if ([IO.Directory]::Exists($Path)) { [IO.Directory]::Delete($Path, $true) }
}

# artifacts/shell stays: this very script may be running in it.
function Invoke-Clean {
    foreach ($name in 'bin', 'en-US') { Remove-Directory ([IO.Path]::Combine($Root, $name)) }
    if (-not [IO.Directory]::Exists($Artifacts)) { return }
    foreach ($path in [IO.Directory]::GetDirectories($Artifacts)) {
        if ([IO.Path]::GetFileName($path) -ne 'shell') { Remove-Directory $path }
    }
    foreach ($path in [IO.Directory]::GetFiles($Artifacts)) { [IO.File]::Delete($path) }
    $script:IsBuilt = $false
}

# 'dotnet build' would print its summary whatever it is told; this is the same build, silent unless something is wrong.
function Invoke-MSBuild([string] $What) {
    Invoke-Native dotnet @('msbuild', $What, '-restore', '-maxCpuCount', '-property:Configuration=Release', '-verbosity:quiet', '-terminalLogger:off', '-nologo')
}

function Invoke-Build {
    if ($script:IsBuilt) { return }
    Invoke-MSBuild $Solution
    $script:IsBuilt = $true
}

# The module alone, for who wants to see it work: the help project builds and stages it.
function Invoke-BuildModule {
    if (-not $script:IsBuilt) { Invoke-MSBuild ([IO.Path]::Combine($Root, 'src', 'InMidst.Backup.Help')) }
}

# The numbers of the summary that ends the output of 'dotnet test', or null if there is none: then the run did not get that far.
function Get-TestTotals([string[]] $Output) {
    $totals = @{}
    $inSummary = $false
    foreach ($line in $Output) {
        if ($line -match '^Test run summary:') { $inSummary = $true; $totals.Clear() }
        elseif ($inSummary -and $line -match '^\s*(total|failed|succeeded|skipped):\s*(\d+)\s*$') { $totals[$Matches[1]] = [int] $Matches[2] }
    }
    if ($totals.Count -eq 4 -and $totals.total -eq $totals.failed + $totals.succeeded + $totals.skipped) { $totals }
}

function Get-TestArguments {
    $arguments = @('test', '--configuration', 'Release', '--no-build', '--max-parallel-test-modules', '1', '--no-progress', '--no-ansi')
    if ($Project) { $arguments += '--project', [IO.Path]::Combine($Root, 'tests', $Project) }
    else { $arguments += '--solution', $Solution }
    if ($Filter) { $arguments += '--filter-method', $Filter }
    $arguments
}

# One test project after the other: they start servers, and the machine may be small. A skipped test counts as a failure.
function Invoke-TestRun([string[]] $Arguments) {
    $output = [Collections.Generic.List[string]]::new()
    & dotnet @Arguments | ForEach-Object { $output.Add($_); [Console]::WriteLine($_) }
    $runnerExitCode = $LASTEXITCODE
    $totals = Get-TestTotals $output
    if (-not $totals) { throw "dotnet test ended with exit code $runnerExitCode and without a summary." }
    if ($runnerExitCode -ne 0 -and -not $totals.failed) {
        [Console]::WriteLine("dotnet test ended with exit code $runnerExitCode`: a test project crashed or had no tests. Counted as a failure.")
        $totals.failed = 1
    }
    [Console]::WriteLine("$($totals.succeeded) passed, $($totals.failed) failed, $($totals.skipped) skipped")
    if ($runnerExitCode -ne 0 -or $totals.failed -or $totals.skipped -or -not $totals.succeeded) { exit 1 }
}

# What the matrix has fetched: directories of server or client programs.
function Get-FetchedDirectories {
    $directory = [IO.Path]::Combine($Artifacts, 'postgres')
    if (-not [IO.Directory]::Exists($directory)) { return }
    foreach ($path in [IO.Directory]::GetDirectories($directory)) {
        $programs = [IO.Path]::Combine($path, 'bin')
        if ([IO.Directory]::Exists($programs)) { $programs }
    }
}

# The packagers' directories, and those of PATH.
function Get-InstalledDirectories {
    foreach ($place in @(('/usr/lib/postgresql', '*'), ('/usr', 'pgsql-*'))) {
        if (-not [IO.Directory]::Exists($place[0])) { continue }
        foreach ($path in [IO.Directory]::GetDirectories($place[0], $place[1])) { [IO.Path]::Combine($path, 'bin') }
    }
    $env:PATH.Split([IO.Path]::PathSeparator)
}

# Which servers the tests of several majors will find; tests/InMidst.Backup.Testing/PostgresMajors.cs looks at the same places.
function Show-Majors {
    $found = [Collections.Generic.SortedDictionary[int, string]]::new()
    foreach ($directory in @(Get-InstalledDirectories) + @(Get-FetchedDirectories)) {
        $server = [IO.Path]::Combine($directory, 'postgres')
        if (-not [IO.File]::Exists($server) -or "$(& $server --version)" -notmatch '\) (?<version>(?<major>\d+)\S*)') { continue }
        if (-not $found.ContainsKey($Matches.major)) { $found[$Matches.major] = "$($Matches.version) ($directory)" }
    }
    $missing = @($Majors | Where-Object { -not $found.ContainsKey($_) })
    $advice = if ($missing) { "; for $($missing -join ', '): ./build.sh matrix" }
    [Console]::WriteLine("PostgreSQL majors: $($found.Values -join ', ')$advice")
}

function Invoke-Test {
    if ($Filter -and -not $Project) { throw '-Filter needs -Project.' }
    Invoke-Build
    $env:MIDST_TEST_POSTGRES = @(Get-FetchedDirectories) -join [IO.Path]::PathSeparator
    Show-Majors
    Invoke-TestRun (Get-TestArguments)
}

# The tests of several majors, on all of them: a missing one is a failure.
function Invoke-Matrix {
    Invoke-Native bash @([IO.Path]::Combine($Root, 'tests', 'InMidst.Backup.Testing', 'fetch-postgres.sh'), [IO.Path]::Combine($Artifacts, 'postgres'))
    $env:MIDST_TEST_MAJORS = $Majors -join ','
    $script:Project = 'InMidst.Backup.Integration.Tests'
    if (-not $Filter) { $script:Filter = '*.Matrix.*' }
    Invoke-Test
}

# The demo as a user would type it. -Confirm:$false, as nobody may be there to answer.
$DemoPipeline = @'
New-MidstSandbox -SampleData -OutVariable sandbox |
    Backup-MidstDatabase -Repository $repository -OutVariable backup |
    Test-MidstBackup -Level Restore -OutVariable test
'@

function Get-DemoScript([string] $Repository) {
    @"
`$ErrorActionPreference = 'Stop'
Import-Module '$($Manifest.Replace("'", "''"))'
`$repository = '$($Repository.Replace("'", "''"))'
`$sandbox = `$null
try {
    `$null = $DemoPipeline
    `$backup | Out-Default
    `$test | Out-Default
    `$test.Tables | Out-Default
}
finally {
    if (`$sandbox) { `$sandbox | Remove-MidstSandbox -Confirm:`$false }
}
if (`$test.Count -ne 1 -or `$test[0].Verdict -ne 'Passed') { exit 1 }
"@
}

# The program that runs this script, to start the demo in a process of its own: the module there is the one just built.
function Get-PowerShellProgram {
    $suffix = if ($IsWindows) { '.exe' } else { '' }
    if ($Host.Name -eq 'midst') { return [IO.Path]::Combine([AppContext]::BaseDirectory, "midst$suffix"), '-NoModule' }
    [IO.Path]::Combine($PSHOME, "pwsh$suffix"), '-NoProfile'
}

function Invoke-Demo {
    [Console]::WriteLine('Building the module.')
    Invoke-BuildModule
    $directory = [IO.Path]::Combine($Artifacts, 'demo')
    Remove-Directory $directory
    [void] [IO.Directory]::CreateDirectory($directory)
    $script = [IO.Path]::Combine($directory, 'demo.ps1')
    $repository = [IO.Path]::Combine($directory, 'backups')
    [IO.File]::WriteAllText($script, (Get-DemoScript $repository))
    [Console]::WriteLine($DemoPipeline)
    $program, $option = Get-PowerShellProgram
    Invoke-Native $program @($option, '-NonInteractive', '-File', $script)
}

# A number is written with a point whatever the culture.
function Get-BenchmarkArguments {
    if ($Size) { '-Size', $Size.ToString([cultureinfo]::InvariantCulture) }
    if ($Rounds) { '-Rounds', "$Rounds" }
    if ($Scenario) { '-Scenario', ($Scenario -join ',') }
    if ($Workers) { '-Workers', "$Workers" }
    if ($Markdown) { '-Markdown', [IO.Path]::Combine($Root, $Markdown) }
    '-PowerShell'
    Get-PowerShellProgram
}

function Invoke-Benchmark {
    [Console]::WriteLine('Building the module and the benchmarks.')
    Invoke-BuildModule
    $project = 'InMidst.Backup.Benchmarks'
    if (-not $script:IsBuilt) { Invoke-MSBuild ([IO.Path]::Combine($Root, 'tests', $project)) }
    Invoke-Native ([IO.Path]::Combine($Artifacts, 'bin', $project, 'release', $project)) (Get-BenchmarkArguments)
}

# Every entry with the same time and mode, in ordinal order: the same tree gives the same archive.
function Add-PackageFile([IO.Compression.ZipArchive] $Archive, [string] $File) {
    $name = [IO.Path]::GetRelativePath($Root, $File).Replace('\', '/')
    $entry = $Archive.CreateEntry("InMidst.Backup/$name", [IO.Compression.CompressionLevel]::SmallestSize)
    $entry.LastWriteTime = [DateTimeOffset]::new(1980, 1, 1, 0, 0, 0, [TimeSpan]::Zero)
    $entry.ExternalAttributes = 0x81A4 -shl 16
    $target = $entry.Open()
    try {
        $content = [IO.File]::ReadAllBytes($File)
        $target.Write($content, 0, $content.Length)
    }
    finally { $target.Dispose() }
}

function Get-PackageFiles {
    $files = [Collections.Generic.List[string]]::new()
    foreach ($name in 'InMidst.Backup.psd1', 'LICENSE', 'README.md') { $files.Add([IO.Path]::Combine($Root, $name)) }
    foreach ($name in 'bin', 'en-US') {
        $files.AddRange([IO.Directory]::GetFiles([IO.Path]::Combine($Root, $name), '*', [IO.SearchOption]::AllDirectories))
    }
    $files.Sort([StringComparer]::Ordinal)
    $files
}

function Invoke-Package {
    Invoke-Build
    $version = [regex]::Match([IO.File]::ReadAllText($Manifest), "ModuleVersion\s*=\s*'([^']+)'").Groups[1].Value
    $directory = [IO.Path]::Combine($Artifacts, 'package')
    [void] [IO.Directory]::CreateDirectory($directory)
    $package = [IO.Path]::Combine($directory, "InMidst.Backup.$version.zip")
    [IO.File]::Delete($package)
    $archive = [IO.Compression.ZipFile]::Open($package, [IO.Compression.ZipArchiveMode]::Create)
    try {
        foreach ($file in Get-PackageFiles) { Add-PackageFile $archive $file }
    }
    finally { $archive.Dispose() }
    [Console]::WriteLine($package)
}

# dotnet looks for global.json from the current location upwards. (Set-Location is one of the cmdlets midst lacks.)
$start = $ExecutionContext.SessionState.Path.CurrentLocation.Path
try {
    [void] $ExecutionContext.SessionState.Path.SetLocation([WildcardPattern]::Escape($Root))
    foreach ($name in $Task) {
        switch ($name) {
            'Clean' { Invoke-Clean }
            'Build' {
                [Console]::WriteLine('Building the module and the tests, which takes minutes the first time.')
                Invoke-Build
                [Console]::WriteLine('Built. In a new pwsh 7.6: Import-Module ' + [IO.Path]::Combine($Root, 'InMidst.Backup.psd1'))
            }
            'Test' { Invoke-Test }
            'Matrix' { Invoke-Matrix }
            'Demo' { Invoke-Demo }
            'Benchmark' { Invoke-Benchmark }
            'Package' { Invoke-Package }
        }
    }
}
catch {
    [Console]::Error.WriteLine("build.ps1: $_")
    exit 1
}
finally {
    [void] $ExecutionContext.SessionState.Path.SetLocation([WildcardPattern]::Escape($start))
}
