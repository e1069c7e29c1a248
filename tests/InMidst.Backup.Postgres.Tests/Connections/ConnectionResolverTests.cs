using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Postgres.Tests.Connections;

public sealed class ConnectionResolverTests
{
    private readonly FakeMachine _machine = new();
    private readonly Dictionary<string, string> _environment = [];

    [Fact]
    public void Nothing_said_means_localhost_the_account_and_a_database_of_its_name()
    {
        ServerAddress address = Resolve(new());
        Assert.Equal(("localhost", 5432, "osuser", "osuser"), (address.Host, address.Port, address.UserName, address.Database));
        Assert.Equal((PostgresSslMode.Prefer, null, TimeSpan.FromSeconds(15)), (address.SslMode, address.PasswordFor("x"), address.ConnectTimeout));
        Assert.Equal("Host localhost (default)", address.Describe("Host"));
    }

    [Theory]
    [InlineData("/var/run/postgresql/.s.PGSQL.5432", "/var/run/postgresql")]
    [InlineData("/tmp/.s.PGSQL.5432", "/tmp")]
    [InlineData("/tmp/.s.PGSQL.5433", "localhost")]
    public void Without_a_host_the_socket_of_a_local_server_of_that_port_is_taken(string socket, string expected)
    {
        _machine.Files[socket] = "";
        Assert.Equal(expected, Resolve(new()).Host);
    }

    [Fact]
    public void Parameter_beats_connection_string_beats_service_beats_environment()
    {
        _machine.Files["/home/osuser/.pg_service.conf"] = "[prod]\nhost=from-service\nport=3\nuser=u3\ndbname=d3\napplication_name=a3\n";
        foreach (string name in new[] { "PGHOST", "PGUSER", "PGDATABASE", "PGAPPNAME", "PGPASSWORD" })
            _environment[name] = "env";
        _environment["PGPORT"] = "4";
        ServerAddress address = Resolve(new() { HostName = "from-parameter", ConnectionString = "host=from-string port=2 user=u2", Service = "prod" });

        Assert.Equal(("from-parameter", 2, "u2", "d3", "a3", "env"),
            (address.Host, address.Port, address.UserName, address.Database, address.ApplicationName, address.Password));
        Assert.Equal("parameter -HostName", address.Origins["Host"]);
        Assert.Equal("parameter -ConnectionString", address.Origins["Port"]);
        Assert.Equal("service 'prod' in /home/osuser/.pg_service.conf", address.Origins["Database"]);
        Assert.Equal("Password (set) (environment variable PGPASSWORD)", address.Describe("Password"));
    }

    [Fact]
    public void The_environment_alone_is_enough()
    {
        _machine.Files["/r"] = _machine.Files["/c"] = _machine.Files["/k"] = "";
        foreach ((string name, string value) in new[]
        {
            ("PGHOST", "db"), ("PGHOSTADDR", "10.0.0.1"), ("PGPORT", "5433"), ("PGUSER", "u"), ("PGPASSWORD", "p"), ("PGDATABASE", "d"), ("PGSSLMODE", "verify-full"),
            ("PGSSLROOTCERT", "/r"), ("PGSSLCERT", "/c"), ("PGSSLKEY", "/k"), ("PGCONNECT_TIMEOUT", "7"), ("PGAPPNAME", "a"), ("PGCHANNELBINDING", "require"),
        })
            _environment[name] = value;
        ServerAddress address = Resolve(new());
        Assert.Equal("u@db:5433", address.ToString());
        Assert.Equal(("10.0.0.1", "p", "d", PostgresSslMode.VerifyFull, "/r", "/c", "/k"),
            (address.HostAddress, address.Password, address.Database, address.SslMode, address.RootCertificate, address.Certificate, address.Key));
        Assert.Equal((TimeSpan.FromSeconds(7), "a", "require"), (address.ConnectTimeout, address.ApplicationName, address.ChannelBinding));
    }

    [Fact]
    public void An_address_in_the_environment_does_not_redirect_a_host_that_was_named()
    {
        _environment["PGHOSTADDR"] = "10.9.9.9";
        Assert.Null(Resolve(new() { HostName = "staging" }).HostAddress);
        Assert.Equal("10.9.9.9", Resolve(new()).Host);
    }

    [Theory]
    [InlineData("PGPORT", "54x32", "environment variable PGPORT")]
    [InlineData("PGPORT", "0", "environment variable PGPORT")]
    [InlineData("PGPORT", "65536", "environment variable PGPORT")]
    [InlineData("PGPORT", "5432,5433", "several hosts")]
    [InlineData("PGHOST", "a,b", "several hosts")]
    [InlineData("PGHOST", "db:5433", "environment variable PGHOST")]
    [InlineData("PGHOSTADDR", "a-name", "environment variable PGHOSTADDR")]
    [InlineData("PGSSLMODE", "yes", "environment variable PGSSLMODE")]
    [InlineData("PGSSLMODE", "verify-full", "needs a root certificate")]
    [InlineData("PGSSLROOTCERT", "/nowhere", "environment variable PGSSLROOTCERT")]
    [InlineData("PGCONNECT_TIMEOUT", "soon", "environment variable PGCONNECT_TIMEOUT")]
    [InlineData("PGCHANNELBINDING", "maybe", "environment variable PGCHANNELBINDING")]
    [InlineData("PGSERVICE", "absent", "'absent' is not defined in /home/osuser/.pg_service.conf")]
    [InlineData("PGUSER", "a\0b", "environment variable PGUSER")]
    public void A_bad_value_is_refused_and_its_source_named(string variable, string value, string expected)
    {
        _environment[variable] = value;
        BackupException refused = Assert.Throws<BackupException>(() => Resolve(new()));
        Assert.Equal(ErrorIds.InvalidConnectionSettings, refused.Id);
        Assert.Contains(expected, refused.Message);
    }

    [Fact]
    public void A_bad_port_parameter_is_refused_by_its_name()
    {
        Assert.Contains("parameter -Port", Assert.Throws<BackupException>(() => Resolve(new() { Port = 70000 })).Message);
    }

    [Fact]
    public void Files_in_the_home_directory_are_the_defaults_of_tls_and_one_file_may_hold_certificate_and_key()
    {
        _machine.Files["/home/osuser/.postgresql/root.crt"] = _machine.Files["/home/osuser/.postgresql/postgresql.crt"] = "";
        ServerAddress address = Resolve(new() { SslMode = PostgresSslMode.VerifyCA });
        Assert.Equal("/home/osuser/.postgresql/root.crt", address.RootCertificate);
        Assert.Equal("/home/osuser/.postgresql/postgresql.crt", address.Certificate);
        Assert.Equal("/home/osuser/.postgresql/postgresql.crt", address.Key);
    }

    [Fact]
    public void The_trust_store_of_the_machine_checks_the_name_too()
    {
        Assert.Equal(PostgresSslMode.VerifyFull, Resolve(new() { SslRootCertificate = "system" }).SslMode);
        Assert.Throws<BackupException>(() => Resolve(new() { SslRootCertificate = "system", SslMode = PostgresSslMode.Require }));
    }

    [Fact]
    public void A_socket_needs_no_certificate_whatever_the_mode()
    {
        Assert.True(Resolve(new() { HostName = "/run/pg", SslMode = PostgresSslMode.VerifyFull }).IsUnixSocket);
    }

    [Fact]
    public void Variables_without_effect_are_pointed_out()
    {
        _environment["PGOPTIONS"] = "-c work_mem=1GB";
        Assert.Contains(Resolve(new()).Warnings, warning => warning.Contains("PGOPTIONS") && !warning.Contains("work_mem"));
    }

    [Fact]
    public void No_text_form_shows_a_secret()
    {
        var parameters = new ConnectionParameters { HostName = "h", Password = "hunter2", ConnectionString = "password=hunter2" };
        ServerAddress address = Resolve(parameters);
        Assert.Equal("host=h", parameters.ToString());
        Assert.Equal("osuser@h:5432", address.ToString());
        Assert.DoesNotContain("hunter2", string.Concat(address.Origins.Keys.Select(address.Describe)));
    }

    [Fact]
    public void Ipv6_stands_in_brackets_before_a_port() =>
        Assert.Equal("osuser@[::1]:5432", Resolve(new() { HostName = "::1" }).ToString());

    [Fact]
    public void Child_programs_get_everything_and_nothing_is_left_to_their_defaults()
    {
        _machine.Files["/r"] = _machine.Files["/c"] = _machine.Files["/k"] = "";
        ServerAddress address = Resolve(new()
        {
            ConnectionString = "host=db hostaddr=10.0.0.1 connect_timeout=-1", UserName = "u", Password = "p", SslMode = PostgresSslMode.VerifyCA,
            SslRootCertificate = "/r", SslCertificate = "/c", SslKey = "/k",
        });
        Assert.Equal(
            new SortedDictionary<string, string>
            {
                ["PGHOST"] = "db", ["PGHOSTADDR"] = "10.0.0.1", ["PGPORT"] = "5432", ["PGUSER"] = "u", ["PGPASSWORD"] = "p", ["PGDATABASE"] = "host=x",
                ["PGSSLMODE"] = "verify-ca", ["PGSSLROOTCERT"] = "/r", ["PGSSLCERT"] = "/c", ["PGSSLKEY"] = "/k", ["PGAPPNAME"] = "InMidst.Backup",
                ["PGCONNECT_TIMEOUT"] = "0", ["PGGSSENCMODE"] = "disable", ["PGCHANNELBINDING"] = "prefer",
                ["PGPASSFILE"] = OperatingSystem.IsWindows() ? @"\\.\NUL\none" : "/dev/null/none",
            },
            new SortedDictionary<string, string>(address.ToLibpqEnvironment("host=x").ToDictionary()));
    }

    private ServerAddress Resolve(ConnectionParameters parameters) => ConnectionResolver.Resolve(parameters, _environment, _machine);
}
