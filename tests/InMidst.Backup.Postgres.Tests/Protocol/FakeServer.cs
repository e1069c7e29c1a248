using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Postgres.Tests.Protocol;

/// <summary>Plays the server's part as a test writes it, and may stop or break off wherever the test wants.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<FakeServer, Task> _script;
    private readonly Task _accepting;
    private NetworkStream? _stream;
    private int _sent;

    public FakeServer(Func<FakeServer, Task> script)
    {
        _script = script;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Bytes of each packet.</summary>
    public int PacketSize { get; init; } = int.MaxValue;

    /// <summary>Bytes after which the connection is closed.</summary>
    public int CutAt { get; init; } = int.MaxValue;

    /// <summary>Bytes the script has sent.</summary>
    public int Sent => _sent;

    /// <summary>Requests to cancel that came.</summary>
    public ConcurrentQueue<byte[]> Cancels { get; } = new();

    public ServerAddress Address => new()
    {
        Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port, UserName = "user", Password = "pencil", Database = "db",
        SslMode = PostgresSslMode.Disable, ConnectTimeout = TimeSpan.FromSeconds(60),
    };

    public static byte[] Message(char type, params byte[] body)
    {
        byte[] message = new byte[5 + body.Length];
        message[0] = (byte)type;
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), 4 + body.Length);
        body.CopyTo(message, 5);
        return message;
    }

    public static byte[] Message(char type, string body) => Message(type, Encoding.UTF8.GetBytes(body));

    public static byte[] Error(string severity, string state, string text) => Message('E', $"S{severity}\0V{severity}\0C{state}\0M{text}\0\0");

    public static byte[] Ready => Message('Z', "I");

    public static byte[] AuthenticationOk => Message('R', 0, 0, 0, 0);

    public static byte[] Notice => Message('N', "SNOTICE\0VNOTICE\0C00000\0Mlook\0\0");

    public static byte[] Greeting =>
    [
        .. AuthenticationOk, .. Message('S', "server_version\017.2 (Odd)\0"), .. Message('K', 0, 0, 0, 7, 1, 2, 3, 4), .. Ready,
    ];

    /// <summary>Reads a message without type.</summary>
    public async Task<byte[]> ReadUntypedAsync()
    {
        byte[] length = new byte[4];
        await _stream!.ReadExactlyAsync(length, _stop.Token);
        byte[] body = new byte[BinaryPrimitives.ReadInt32BigEndian(length) - 4];
        await _stream.ReadExactlyAsync(body, _stop.Token);
        return body;
    }

    public async Task<(char Type, byte[] Body)> ReadAsync()
    {
        byte[] type = new byte[1];
        await _stream!.ReadExactlyAsync(type, _stop.Token);
        return ((char)type[0], await ReadUntypedAsync());
    }

    /// <summary>Takes what a client begins with, and lets it in.</summary>
    public async Task GreetAsync()
    {
        await ReadUntypedAsync();
        await SendAsync(Greeting);
    }

    public async Task SendAsync(params byte[][] messages)
    {
        byte[] bytes = [.. messages.SelectMany(message => message)];
        for (int at = 0; at < bytes.Length;)
        {
            int size = Math.Min(Math.Min(PacketSize, bytes.Length - at), CutAt - _sent);
            if (size == 0)
                throw new IOException("The script ends here.");
            await _stream!.WriteAsync(bytes.AsMemory(at, size), _stop.Token);
            at += size;
            _sent += size;
        }
    }

    /// <summary>Says no more until the client goes away.</summary>
    public async Task StallAsync()
    {
        byte[] bytes = new byte[4096];
        while (await _stream!.ReadAsync(bytes, _stop.Token) > 0)
        {
            // Whatever it says.
        }
    }

    /// <summary>Takes one byte of what the client says, and then no more.</summary>
    /// <param name="taken">What to do between.</param>
    public async Task FreezeAsync(Action taken)
    {
        await _stream!.ReadExactlyAsync(new byte[1], _stop.Token);
        taken();
        await Task.Delay(Timeout.Infinite, _stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        // What a script asserts fails here.
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var sessions = new List<Task>();
        bool isFirst = true;
        while (true)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                await Task.WhenAll(sessions);
                return;
            }

            client.NoDelay = true;
            sessions.Add(isFirst ? PlayAsync(client) : TakeCancelAsync(client));
            isFirst = false;
        }
    }

    private async Task PlayAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                _stream = client.GetStream();
                await _script(this);
                await StallAsync();
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // The client went away, or the script wants to.
            }
        }
    }

    private async Task TakeCancelAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                byte[] request = new byte[16];
                await client.GetStream().ReadExactlyAsync(request, _stop.Token);
                Cancels.Enqueue(request);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // Not even that.
            }
        }
    }
}
