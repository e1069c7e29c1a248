using System.Management.Automation;
using InMidst.Backup.Cmdlets.Tests.Fixtures;

namespace InMidst.Backup.Cmdlets.Tests.Safety;

/// <summary>A new key is in its file and nowhere else.</summary>
public sealed class KeyTests(ServerFixture fixture) : IDisposable
{
    private readonly Desk _desk = new(fixture);

    public void Dispose() => _desk.Dispose();

    [Fact]
    public void The_secret_is_in_a_file_for_its_owner_and_the_recipient_in_the_pipeline()
    {
        PSObject[] said = [.. _desk.Run("New-MidstKey ./my.key -Verbose -Debug *>&1").Output.OfType<PSObject>()];

        PSObject key = said[^1];

        string path = _desk.File("my.key");
        Assert.Equal(path, key.Text("Path"));
        string recipient = key.Text("Recipient");
        Assert.StartsWith("age1", recipient, StringComparison.Ordinal);
        Assert.Equal(recipient, key.ToString());
        string[] lines = File.ReadAllLines(path);
        Assert.Contains($"# public key: {recipient}", lines);
        Assert.StartsWith("AGE-SECRET-KEY-1", lines[^1], StringComparison.Ordinal);
        Assert.DoesNotContain(said, o => o.ToString().Contains("SECRET", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(["Path", "Recipient"], key.Properties.Select(p => p.Name));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void What_is_there_is_never_overwritten()
    {
        File.WriteAllText(_desk.File("my.key"), "precious");
        ErrorRecord error = _desk.Error("New-MidstKey ./my.key");
        Assert.StartsWith("IdentityFileNotWritten", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(_desk.File("my.key")));
    }

    [Fact]
    public void A_key_that_is_only_imagined_is_not_made()
    {
        Assert.Empty(_desk.Run("New-MidstKey ./my.key -WhatIf").Output);
        Assert.False(File.Exists(_desk.File("my.key")));
    }
}
