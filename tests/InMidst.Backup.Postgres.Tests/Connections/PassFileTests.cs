using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Postgres.Tests.Connections;

public sealed class PassFileTests
{
    private const string Home = "/home/osuser/.pgpass";

    private readonly FakeMachine _machine = new();
    private readonly Dictionary<string, string> _environment = [];

    [Fact]
    public void The_first_line_that_fits_counts()
    {
        _machine.Files[Home] = "# comment\nother:5432:*:*:no\nh:5433:*:*:no\nh:5432:d2:*:second\r\nh:*:*:u:any\n*:*:*:*:last";
        ServerAddress address = Resolve(new() { HostName = "h", UserName = "u" });
        Assert.Equal("second", address.PasswordFor("d2"));
        Assert.Equal("any", address.PasswordFor("d1"));
        Assert.Equal("last", Resolve(new() { HostName = "h" }).PasswordFor("d1"));
        Assert.Null(address.Password);
        Assert.Equal("any", address.ToLibpqEnvironment("d1")["PGPASSWORD"]);
    }

    [Theory]
    [InlineData(@"h:5432:a\:b:u:x\:y\\z", @"x:y\z")]
    [InlineData(@"h:5432:a\:b:u:secret:comment", "secret")]
    [InlineData("h:5432:*:u: spaced ", " spaced ")]
    [InlineData(@"h:5432:\*:u:star", null)]
    [InlineData("h:5432:u:incomplete", null)]
    public void Backslashes_protect_colons(string line, string? expected)
    {
        _machine.Files[Home] = line;
        Assert.Equal(expected, Resolve(new() { HostName = "h", UserName = "u" }).PasswordFor("a:b"));
    }

    [Theory]
    [InlineData("/var/run/postgresql", "local")]
    [InlineData("/tmp", "local")]
    [InlineData("/run/mine", "mine")]
    public void The_default_socket_directory_is_called_localhost(string directory, string expected)
    {
        _machine.Files[Home] = "localhost:*:*:*:local\n/run/mine:*:*:*:mine";
        Assert.Equal(expected, Resolve(new() { HostName = directory }).PasswordFor("d"));
    }

    [Fact]
    public void A_file_others_may_read_is_ignored_with_a_warning()
    {
        _machine.Files[Home] = "*:*:*:*:p";
        _machine.OpenFiles.Add(Home);
        ServerAddress address = Resolve(new());
        Assert.Null(address.PasswordFor("d"));
        Assert.Contains(address.Warnings, warning => warning.Contains(Home));
    }

    [Fact]
    public void PGPASSFILE_names_another_file_and_a_password_beats_every_file()
    {
        _machine.Files[Home] = "*:*:*:*:home";
        _machine.Files["/named"] = "*:*:*:*:named";
        _environment["PGPASSFILE"] = "/named";
        Assert.Equal("named", Resolve(new()).PasswordFor("d"));
        Assert.Equal("given", Resolve(new() { Password = "given" }).PasswordFor("d"));
    }

    [Fact]
    public void On_Windows_the_file_is_pgpass_conf()
    {
        var windows = new FakeMachine { IsWindows = true, Files = { [Path.Combine("/appdata", "postgresql", "pgpass.conf")] = "*:*:*:*:w" } };
        Assert.Equal("w", ConnectionResolver.Resolve(new(), _environment, windows).PasswordFor("d"));
    }

    [Fact]
    public void A_real_file_open_to_the_group_is_seen_as_such()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.False(LocalMachine.Current.IsOpenToOthers(Environment.ProcessPath!));
            return;
        }

        string path = Path.GetTempFileName();
        try
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            Assert.False(LocalMachine.Current.IsOpenToOthers(path));
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.GroupRead);
            Assert.True(LocalMachine.Current.IsOpenToOthers(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private ServerAddress Resolve(ConnectionParameters parameters) => ConnectionResolver.Resolve(parameters, _environment, _machine);
}
