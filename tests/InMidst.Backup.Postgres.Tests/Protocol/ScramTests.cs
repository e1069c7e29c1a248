using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Protocol;

namespace InMidst.Backup.Postgres.Tests.Protocol;

public sealed class ScramTests
{
    // RFC 7677, 3, but for the user's name, which PostgreSQL leaves empty.
    private const string Salt = "W22ZaJ0SNY7soEsUEjb6gQ==";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_prove_that_they_know_the_password()
    {
        await using var server = new FakeServer(s => AnswerAsync(s));
        await using WireConnection connection = await WireConnection.OpenAsync(server.Address, "db", WireOptions.Default, Token);
        Assert.Equal(17, connection.ServerMajor);
    }

    [Fact]
    public async Task Broken_off_at_any_byte_nobody_is_let_in()
    {
        int all;
        await using (var whole = new FakeServer(s => AnswerAsync(s)))
        {
            await using WireConnection connection = await WireConnection.OpenAsync(whole.Address, "db", WireOptions.Default, Token);
            all = whole.Sent;
        }

        for (int cut = 0; cut < all; cut++)
        {
            await using var server = new FakeServer(s => AnswerAsync(s)) { CutAt = cut };
            BackupException failure = await Assert.ThrowsAsync<BackupException>(
                () => WireConnection.OpenAsync(server.Address, "db", WireOptions.Default, Token));
            Assert.Equal(ErrorIds.ServerUnreachable, failure.Id);
        }
    }

    [Theory]
    [InlineData("+i=0", "iterations")]
    [InlineData("+i=10000001", "iterations")]
    [InlineData("+i=-1", "iterations")]
    [InlineData("+i=99999999999999", "iterations")]
    [InlineData("-nonce", "somebody else")]
    [InlineData("-extension", "somebody else")]
    [InlineData("-salt", "SCRAM")]
    [InlineData("-signature", "did not prove")]
    [InlineData("-value", "did not prove")]
    [InlineData("-mechanism", "no SASL mechanism")]
    public async Task A_server_that_cheats_is_refused(string how, string why)
    {
        await using var server = new FakeServer(s => AnswerAsync(s, how));
        BackupException refused = await Assert.ThrowsAsync<BackupException>(
            () => WireConnection.OpenAsync(server.Address, "db", WireOptions.Default, Token));
        Assert.Equal(ErrorIds.AuthenticationFailed, refused.Id);
        Assert.Contains(why, refused.Message);
        Assert.DoesNotContain("pencil", refused.ToString());
    }

    [Fact]
    public async Task Without_the_proof_of_the_server_its_OK_is_none()
    {
        await using var server = new FakeServer(s => AnswerAsync(s, "-final"));
        BackupException refused = await Assert.ThrowsAsync<BackupException>(
            () => WireConnection.OpenAsync(server.Address, "db", WireOptions.Default, Token));
        Assert.Equal(ErrorIds.ServerUnreachable, refused.Id);
    }

    // The examples of RFC 4013, 3, and what PostgreSQL's own tests add.
    [Theory]
    [InlineData("I\u00adX", "IX")]
    [InlineData("user", "user")]
    [InlineData("\u00aa", "a")]
    [InlineData("\u2168", "IX")]
    [InlineData("a\u00a0b", "a b")]
    [InlineData("\ufb01x", "fix")]
    [InlineData("\u0007\u00e4", "\u0007\u00e4")]
    [InlineData("\u06271", "\u06271")]
    [InlineData("\u0221\ufb01", "\u0221\ufb01")]
    [InlineData("\u00ad", "\u00ad")]
    [InlineData("\u0627\ufb01\u0627", "\u0627\ufb01\u0627")]
    [InlineData("\ud800\ufb01", "\ud800\ufb01")]
    public void Passwords_are_prepared_or_left_alone(string password, string prepared) => Assert.Equal(prepared, SaslPrep.Prepare(password));

    private static async Task AnswerAsync(FakeServer server, string how = "")
    {
        await server.ReadUntypedAsync();
        await server.SendAsync(FakeServer.Message('R', "\0\0\0\x0a" + (how == "-mechanism" ? "SCRAM-MD4" : "SCRAM-SHA-256") + "\0\0"));
        (_, byte[] initial) = await server.ReadAsync();
        string first = Encoding.ASCII.GetString(initial.AsSpan("SCRAM-SHA-256".Length + 5));
        Assert.StartsWith("n,,n=,r=", first);
        string nonce = first[8..] + (how == "-extension" ? "" : "server");
        string iterations = how.StartsWith("+i=", StringComparison.Ordinal) ? how[3..] : "4096";
        string challenge = $"r={(how == "-nonce" ? "x" + nonce : nonce)},s={(how == "-salt" ? "?" : Salt)},i={iterations}";
        await server.SendAsync(FakeServer.Message('R', "\0\0\0\x0b" + challenge));
        (_, byte[] body) = await server.ReadAsync();
        string final = Encoding.ASCII.GetString(body);
        int proof = final.LastIndexOf(",p=", StringComparison.Ordinal);
        byte[] message = Encoding.ASCII.GetBytes($"{first[3..]},{challenge},{final[..proof]}");
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(
            "pencil", Convert.FromBase64String(Salt), int.Parse(iterations, CultureInfo.InvariantCulture), HashAlgorithmName.SHA256, 32);
        byte[] key = HMACSHA256.HashData(salted, "Client Key"u8);
        byte[] signature = HMACSHA256.HashData(SHA256.HashData(key), message);
        Assert.Equal(key.Zip(signature, (a, b) => (byte)(a ^ b)), Convert.FromBase64String(final[(proof + 3)..]));
        byte[] own = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), message);
        if (how == "-signature")
            own[31] ^= 1;
        string outcome = how == "-value" ? "e=other-error" : "v=" + Convert.ToBase64String(own);
        if (how != "-final")
            await server.SendAsync(FakeServer.Message('R', "\0\0\0\x0c" + outcome));
        await server.SendAsync(FakeServer.Greeting);
    }
}
