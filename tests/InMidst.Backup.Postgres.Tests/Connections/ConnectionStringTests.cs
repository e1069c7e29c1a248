using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Postgres.Tests.Connections;

public sealed class ConnectionStringTests
{
    [Theory]
    [InlineData("host=h port=1 user=u password=p dbname=d")]
    [InlineData("  host = h\n port=1 user='u' password = 'p' dbname=d  ")]
    [InlineData("postgresql://u:p@h:1/d")]
    [InlineData("postgres://u:p@h:1/d?")]
    [InlineData("postgresql:///d?host=h&port=1&user=u&password=p")]
    [InlineData("postgresql://%75:%70@%68:1/%64?application_name=InMidst.Backup")]
    public void Both_forms_say_the_same(string text)
    {
        ServerAddress address = Resolve(text);
        Assert.Equal(("h", 1, "u", "p", "d"), (address.Host, address.Port, address.UserName, address.Password, address.Database));
    }

    [Theory]
    [InlineData(@"password='it\'s \\ a = b'", @"it's \ a = b")]
    [InlineData(@"password=a\ b", "a b")]
    [InlineData("postgresql://u:p%40%3A%2F%25%C3%A9@h/d", "p@:/%é")]
    [InlineData("postgresql://u:a+b?c@h/d", "a+b?c")]
    public void Passwords_with_odd_characters_are_read_as_they_are_meant(string text, string password) =>
        Assert.Equal(password, Resolve(text).Password);

    [Theory]
    [InlineData("postgresql://[2001:db8::1]:5433/d", "2001:db8::1", 5433)]
    [InlineData("postgresql://[::1]", "::1", 5432)]
    [InlineData("postgresql://%2Fvar%2Frun%2Fpg:6000/d", "/var/run/pg", 6000)]
    [InlineData("postgresql://u@/d?host=/run/pg", "/run/pg", 5432)]
    [InlineData("postgresql://", "localhost", 5432)]
    public void Hosts_come_in_every_form(string text, string host, int port) =>
        Assert.Equal((host, port), (Resolve(text).Host, Resolve(text).Port));

    [Theory]
    [InlineData("postgresql://h?sslmode=require", PostgresSslMode.Require)]
    [InlineData("postgresql://h?ssl=true", PostgresSslMode.Require)]
    [InlineData("host=h sslmode=disable", PostgresSslMode.Disable)]
    [InlineData("host=h sslmode=allow", PostgresSslMode.Allow)]
    public void The_mode_of_tls_is_read(string text, PostgresSslMode mode) => Assert.Equal(mode, Resolve(text).SslMode);

    [Theory]
    [InlineData("postgresql://u:hunter2@a:1,b:2/d", "several hosts")]
    [InlineData("host=a,b password=hunter2", "several hosts")]
    [InlineData("postgresql://u:hunter2%zz@h/d", "%25")]
    [InlineData("postgresql://u:hunter2%00@h/d", "%00")]
    [InlineData("postgresql://u:hunter2@[::1/d", "brackets")]
    [InlineData("postgresql://u:hunter2@[::1]5432/d", "brackets")]
    [InlineData("postgresql://u:hunter2/x@h/d", "port")]
    [InlineData("postgresql://u:hunter2@h/d?flag", "keyword=value")]
    [InlineData("Host=h;Password=hunter2", "keyword 'Host'")]
    [InlineData("password='hunter2", "has no end")]
    [InlineData("password hunter2", "keyword=value")]
    [InlineData("=hunter2", "keyword=value")]
    [InlineData("host=h require_auth=scram-sha-256 password=hunter2", "'require_auth', which is not supported")]
    public void What_cannot_be_read_is_refused_without_showing_the_password(string text, string expected)
    {
        BackupException refused = Assert.Throws<BackupException>(() => Resolve(text));
        Assert.Equal(ErrorIds.InvalidConnectionSettings, refused.Id);
        Assert.Contains(expected, refused.Message);
        Assert.DoesNotContain("hunter2", refused.ToString());
    }

    [Fact]
    public void Keywords_that_only_tune_are_dropped_with_a_warning()
    {
        ServerAddress address = Resolve("host=h keepalives_idle=30");
        Assert.Contains(address.Warnings, warning => warning.Contains("keepalives_idle"));
    }

    [Fact]
    public void A_service_may_be_named_in_the_string()
    {
        var machine = new FakeMachine { Files = { ["/home/osuser/.pg_service.conf"] = "[s]\nhost=from-service" } };
        Assert.Equal("from-service", ConnectionResolver.Resolve(
            new() { ConnectionString = "service=s" }, new Dictionary<string, string>(), machine).Host);
    }

    private static ServerAddress Resolve(string text) =>
        ConnectionResolver.Resolve(new() { ConnectionString = text }, new Dictionary<string, string>(), new FakeMachine());
}
