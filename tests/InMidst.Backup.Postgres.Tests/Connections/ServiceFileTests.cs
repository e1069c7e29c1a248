using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Postgres.Tests.Connections;

public sealed class ServiceFileTests
{
    private readonly FakeMachine _machine = new();
    private readonly Dictionary<string, string> _environment = [];

    [Fact]
    public void The_section_of_the_service_counts_and_no_other()
    {
        _machine.Files["/home/osuser/.pg_service.conf"] = "# all\r\n[a]\r\nhost=wrong\r\n\r\n[b]\r\n# mine\r\nhost=right\r\nhost=second\r\npassword=p=1\r\n[c]\r\nport=1\r\n";
        ServerAddress address = Resolve("b");
        Assert.Equal(("right", 5432, "p=1"), (address.Host, address.Port, address.Password));
    }

    [Fact]
    public void PGSERVICEFILE_replaces_the_file_of_the_user_and_the_system_file_is_asked_last()
    {
        _machine.Files["/home/osuser/.pg_service.conf"] = "[a]\nhost=home";
        _machine.Files["/named"] = "[b]\nhost=named";
        _machine.Files["/etc/pg/pg_service.conf"] = "[a]\nhost=system\n[b]\nhost=system";
        _environment["PGSYSCONFDIR"] = "/etc/pg";
        Assert.Equal("home", Resolve("a").Host);
        _environment["PGSERVICEFILE"] = "/named";
        Assert.Equal("named", Resolve("b").Host);
        Assert.Equal("system", Resolve("a").Host);
    }

    [Fact]
    public void On_Windows_the_file_is_under_APPDATA()
    {
        string path = Path.Combine("/appdata", "postgresql", ".pg_service.conf");
        var windows = new FakeMachine { IsWindows = true, Files = { [path] = "[a]\nhost=h" } };
        Assert.Equal("h", ConnectionResolver.Resolve(new() { Service = "a" }, _environment, windows).Host);
    }

    [Theory]
    [InlineData("[a]\nhost", "line 2")]
    [InlineData("[a]\n\nhunter2=hunter2", "line 3")]
    [InlineData("[a]\nservice=b", "line 2")]
    [InlineData("[other]\nhost=h", "not defined")]
    public void A_bad_file_is_refused_by_line(string text, string expected)
    {
        _machine.Files["/home/osuser/.pg_service.conf"] = text;
        BackupException refused = Assert.Throws<BackupException>(() => Resolve("a"));
        Assert.Equal(ErrorIds.InvalidConnectionSettings, refused.Id);
        Assert.Contains(expected, refused.Message);
        Assert.DoesNotContain("hunter2", refused.Message);
    }

    [Fact]
    public void A_named_file_that_is_not_there_is_an_error()
    {
        _environment["PGSERVICEFILE"] = "/nowhere";
        Assert.Contains("PGSERVICEFILE", Assert.Throws<BackupException>(() => Resolve("a")).Message);
    }

    private ServerAddress Resolve(string service) => ConnectionResolver.Resolve(new() { Service = service }, _environment, _machine);
}
