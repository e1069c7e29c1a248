using System.Diagnostics;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Installations;

namespace InMidst.Backup.Integration.Tests.Installations;

public sealed class PostgresInstallationsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", 15, "15.18")]
    [InlineData("pg_dump (PostgreSQL) 17beta1", 17, "17beta1")]
    [InlineData("pg_dump (PostgreSQL) 18devel", 18, "18devel")]
    [InlineData("pg_dump (PostgreSQL) 16.0 (Homebrew)", 16, "16.0")]
    public async Task The_version_is_read_from_what_the_program_prints(string printed, int major, string version)
    {
        string bin = Programs("one", printed, "pg_dump");
        PostgresInstallation found = Assert.Single(await PostgresInstallations.FindAsync([bin], "pg_dump", Token));
        Assert.Equal((bin, major, version), (found.BinDirectory, found.Major, found.Version));
    }

    [Fact]
    public async Task The_lowest_version_that_is_not_below_the_servers_is_chosen()
    {
        string[] bins = [Dump("18.1"), Dump("14.9"), Dump("16.2"), Dump("17.5")];
        Assert.Equal("16.2", (await PostgresInstallations.ForDumpAsync(16, bins, Token)).Version);
        Assert.Equal("16.2", (await PostgresInstallations.ForDumpAsync(15, bins, Token)).Version);
        Assert.Equal("14.9", (await PostgresInstallations.ForDumpAsync(9, bins, Token)).Version);
    }

    [Fact]
    public async Task Of_one_major_version_the_highest_minor_is_chosen_and_a_beta_is_the_lowest()
    {
        string[] bins = [Dump("17.9"), Dump("17.10"), Dump("17beta1")];
        Assert.Equal("17.10", (await PostgresInstallations.ForDumpAsync(17, bins, Token)).Version);
    }

    [Fact]
    public async Task When_all_are_too_old_the_error_names_each_with_its_directory()
    {
        string[] bins = [Dump("14.9"), Dump("16.2")];
        var failure = await Assert.ThrowsAsync<BackupException>(() => PostgresInstallations.ForDumpAsync(17, bins, Token));
        Assert.Equal(ErrorIds.PgDumpTooOld, failure.Id);
        Assert.Contains($"14.9 in {bins[0]}", failure.Message);
        Assert.Contains($"16.2 in {bins[1]}", failure.Message);
        Assert.Contains("PostgreSQL 17", failure.Message);
    }

    [Fact]
    public async Task Given_directories_are_the_only_ones_looked_at()
    {
        string empty = _directory.Sub("empty");
        var failure = await Assert.ThrowsAsync<BackupException>(() => PostgresInstallations.ForDumpAsync(14, [empty], Token));
        Assert.Equal(ErrorIds.PgDumpNotFound, failure.Id);
        Assert.Contains(empty, failure.Message);
    }

    [Fact]
    public async Task A_program_that_cannot_run_is_left_out_and_mentioned()
    {
        string broken = _directory.Sub("broken");
        Script(Path.Combine(broken, "pg_dump"), "echo 'libpq.so.5: cannot open shared object file' >&2; exit 127");
        string foreign = _directory.Sub("foreign");
        Script(Path.Combine(foreign, "pg_dump"), "echo hello");
        string unreadable = _directory.Sub("unreadable");
        File.WriteAllText(Path.Combine(unreadable, "pg_dump"), "not executable");

        string good = Dump("16.2");
        Assert.Equal("16.2", (await PostgresInstallations.ForDumpAsync(16, [broken, foreign, unreadable, good], Token)).Version);

        var failure = await Assert.ThrowsAsync<BackupException>(
            () => PostgresInstallations.ForDumpAsync(14, [broken, foreign, unreadable], Token));
        Assert.Equal(ErrorIds.PgDumpNotFound, failure.Id);
        Assert.Contains("code 127: libpq.so.5: cannot open shared object file", failure.Message);
        Assert.Contains($"{foreign}/pg_dump was left out: it did not print a version", failure.Message);
        Assert.Contains($"{unreadable}/pg_dump was left out", failure.Message);
    }

    [Fact]
    public async Task One_program_reached_on_several_ways_is_found_once()
    {
        string bin = Dump("16.2");
        string linkedFile = _directory.Sub("links");
        File.CreateSymbolicLink(Path.Combine(linkedFile, "pg_dump"), Path.Combine(bin, "pg_dump"));
        string linkedDirectory = Path.Combine(_directory.Path, "opt");
        Directory.CreateSymbolicLink(linkedDirectory, bin);

        PostgresInstallation found = Assert.Single(
            await PostgresInstallations.FindAsync([linkedFile, linkedDirectory, bin, bin + "/"], "pg_dump", Token));
        Assert.Equal(bin, found.BinDirectory);
    }

    [Fact]
    public async Task Debians_wrapper_is_not_taken_for_a_program()
    {
        string wrapper = Path.Combine(_directory.Sub("usr", "share", "postgresql-common"), "pg_wrapper");
        Script(wrapper, "echo 'pg_dump (PostgreSQL) 15.18'");
        string bin = _directory.Sub("usr", "bin");
        File.CreateSymbolicLink(Path.Combine(bin, "pg_dump"), "../share/postgresql-common/pg_wrapper");

        Assert.Empty(await PostgresInstallations.FindAsync([bin], "pg_dump", Token));
    }

    [Fact]
    public async Task A_server_needs_initdb_and_pg_ctl_beside_postgres()
    {
        string half = Programs("half", "postgres (PostgreSQL) 16.2", "postgres");
        string whole = Programs("whole", "postgres (PostgreSQL) 17.1", "postgres", "initdb", "pg_ctl");
        Assert.Equal("17.1", (await PostgresInstallations.ForServerAsync(14, [half, whole], Token)).Version);

        var failure = await Assert.ThrowsAsync<BackupException>(() => PostgresInstallations.ForServerAsync(18, [half, whole], Token));
        Assert.Equal(ErrorIds.ServerBinariesNotFound, failure.Id);
        Assert.Contains($"16.2 in {half} (no initdb) (no pg_ctl)", failure.Message);
        Assert.Contains($"17.1 in {whole}", failure.Message);
        Assert.Contains("apt install postgresql-18", failure.Guidance);
    }

    [Fact]
    public async Task Without_a_minimum_the_newest_server_is_chosen()
    {
        string[] bins =
        [
            Programs("a", "postgres (PostgreSQL) 17.1", "postgres", "initdb", "pg_ctl"),
            Programs("b", "postgres (PostgreSQL) 15.2", "postgres", "initdb", "pg_ctl"),
        ];
        Assert.Equal("17.1", (await PostgresInstallations.ForServerAsync(null, bins, Token)).Version);
        Assert.Equal("15.2", (await PostgresInstallations.ForServerAsync(13, bins, Token)).Version);
    }

    [Fact]
    public void Patterns_with_a_star_find_the_directories_that_exist()
    {
        _directory.Sub("usr", "lib", "postgresql", "15", "bin");
        _directory.Sub("usr", "lib", "postgresql", "16", "bin");
        _directory.Sub("usr", "lib", "postgresql", "17", "lib");
        Assert.Equal(
            [Path.Combine(_directory.Path, "usr/lib/postgresql/15/bin"), Path.Combine(_directory.Path, "usr/lib/postgresql/16/bin")],
            PostgresPlaces.Expand(_directory.Path, "usr/lib/postgresql/*/bin"));
        Assert.Empty(PostgresPlaces.Expand(_directory.Path, "usr/pgsql-*/bin"));
    }

    [Fact]
    public async Task The_programs_of_this_machine_are_found()
    {
        IReadOnlyList<PostgresInstallation> found = await PostgresInstallations.FindAsync(null, "postgres", Token);
        Assert.NotEmpty(found);
        Assert.All(found, one => Assert.True(File.Exists(one.Program("postgres"))));
        Assert.Equal(found.Select(one => one.Major).Order(), found.Select(one => one.Major));
    }

    private string Dump(string version) => Programs("pg" + version, $"pg_dump (PostgreSQL) {version}", "pg_dump");

    private string Programs(string directory, string printed, params string[] names)
    {
        string bin = _directory.Sub(directory, "bin");
        foreach (string name in names)
            Script(Path.Combine(bin, name), $"echo '{printed}'");
        return bin;
    }

    // Another process writes the file: were it open for writing in ours, a child that some other test is just starting
    // could hold it open a moment longer, and running it would fail with "text file busy".
    private static void Script(string path, string body)
    {
        string[] arguments = ["-c", "printf '#!/bin/sh\\n%s\\n' \"$2\" >\"$1\" && chmod 700 \"$1\"", "sh", path, body];
        using var shell = Process.Start("/bin/sh", arguments);
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }
}
