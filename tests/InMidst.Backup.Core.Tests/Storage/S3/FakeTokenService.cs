using System.Net;
using System.Net.Sockets;
using System.Text;

namespace InMidst.Backup.Core.Tests.Storage.S3;

/// <summary>A token service on a loopback port, which gives one set of temporary keys to whoever asks, or answers nobody.</summary>
internal sealed class FakeTokenService : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _serving;
    private readonly List<string> _asked = [];

    public FakeTokenService(bool answers = true)
    {
        _listener.Start();
        Url = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _serving = answers ? ServeAsync() : Task.CompletedTask;
    }

    public string Url { get; }

    /// <summary>The contents of the requests.</summary>
    public string Asked
    {
        get
        {
            lock (_asked)
                return string.Join('\n', _asked);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _serving;
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token);
                await AnswerAsync(client.GetStream());
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        var request = new StringBuilder();
        byte[] buffer = new byte[64 * 1024];
        while (!request.ToString().Contains("RoleArn", StringComparison.Ordinal))
        {
            int count = await stream.ReadAsync(buffer, _end.Token);
            if (count == 0)
                return;
            request.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }

        lock (_asked)
            _asked.Add(request.ToString());
        string action = request.ToString().Contains("AssumeRoleWithWebIdentity", StringComparison.Ordinal) ? "AssumeRoleWithWebIdentity" : "AssumeRole";
        string content = KeysBy(action);
        await stream.WriteAsync(
            Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\nContent-Length: {content.Length}\r\n\r\n{content}"), _end.Token);
    }

    /// <summary>The answer with temporary keys.</summary>
    public static string KeysBy(string action)
    {
        string expires = DateTime.UtcNow.AddHours(1).ToString("yyyy-MM-ddTHH:mm:ssZ");
        return $"""
            <{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result><Credentials>
            <AccessKeyId>ROLEKEY</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey><SessionToken>role-token</SessionToken>
            <Expiration>{expires}</Expiration></Credentials></{action}Result></{action}Response>
            """;
    }
}
