using System.Diagnostics;
using System.Security;
using InMidst.Backup.Core.Encryption;

namespace InMidst.Backup.Integration.Tests.Encryption;

/// <summary>The age that everybody else uses.</summary>
internal static class AgeProgram
{
    public static SecureString Secure(string text)
    {
        var secure = new SecureString();
        foreach (char c in text)
            secure.AppendChar(c);
        return secure;
    }

    /// <summary>Encrypts with our own code.</summary>
    public static async Task<byte[]> EncryptAsync(ReadOnlyMemory<byte> content, params AgeRecipient[] recipients)
    {
        using var file = new MemoryStream();
        using var stream = new AgeWriteStream(file, recipients);
        await stream.WriteAsync(content);
        await stream.CompleteAsync(default);
        return file.ToArray();
    }

    /// <summary>Runs age or age-keygen and gives what it wrote.</summary>
    public static async Task<byte[]> RunAsync(string program, byte[] input, params string[] arguments)
    {
        using Process process = Start(program, arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        Task reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        await process.StandardInput.BaseStream.WriteAsync(input);
        process.StandardInput.Close();
        await reading;
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return output.ToArray();
    }

    /// <summary>Runs age in a terminal, where alone it takes a passphrase, and types it whenever it is asked for.</summary>
    public static async Task TypeAsync(string passphrase, params string[] arguments)
    {
        using Process process = Start("script", ["--quiet", "--return", "--command", "age " + string.Join(' ', arguments), "/dev/null"]);
        var said = new System.Text.StringBuilder();
        char[] letter = new char[1];
        int answered = 0;
        while (await process.StandardOutput.ReadAsync(letter) > 0)
        {
            said.Append(letter[0]);
            int asked = said.ToString().Split("passphrase").Length - 1;
            if (letter[0] == ':' && asked > answered)
            {
                answered = asked;
                await process.StandardInput.WriteAsync(passphrase + "\n");
                await process.StandardInput.FlushAsync();
            }
        }

        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, said.ToString());
    }

    private static Process Start(string program, string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            })!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException($"{program} is needed for this test (Debian: apt install age bsdutils).", e);
        }
    }
}
