using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace InMidst.Backup.Testing;

/// <summary>
/// A proxy on loopback before an HTTP/1.1 server, which does to chosen requests what networks and tired servers do. What it passes on
/// it does not change: the Host header stays, so that a request's signature stays right.
/// </summary>
public sealed class HttpFaultProxy : IAsyncDisposable
{
    private readonly Uri _server;
    private readonly int _port = LoopbackPort.FindFree();
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentQueue<ProxiedRequest> _requests = new();
    private readonly ConcurrentDictionary<ProxiedConnection, Task> _connections = new();
    private readonly Lock _gate = new();
    private InjectedFault[] _faults = [];
    private long _answeredBytes;
    private TcpListener? _listener;
    private Task _accepting = Task.CompletedTask;

    private HttpFaultProxy(Uri server) => _server = server;

    /// <summary>Its address, to be used instead of the server's.</summary>
    public Uri Endpoint => new($"http://127.0.0.1:{_port}");

    /// <summary>The requests that came so far, those that met a fault included.</summary>
    public IReadOnlyCollection<ProxiedRequest> Requests => _requests;

    /// <summary>Bytes of bodies that were passed on from the server so far.</summary>
    public long AnsweredBytes => Interlocked.Read(ref _answeredBytes);

    /// <summary>How far the Date of every answer is moved: the server's clock as it seems to the client.</summary>
    public TimeSpan DateShift { get; set; }

    /// <summary>Starts a proxy.</summary>
    /// <param name="server">The server's address; its own scheme is http.</param>
    public static HttpFaultProxy Start(Uri server)
    {
        var proxy = new HttpFaultProxy(server);
        proxy.Accept();
        return proxy;
    }

    /// <summary>Does something to requests from now on. Where several faults fit a request, the first given one is done.</summary>
    /// <param name="fault">What is done.</param>
    /// <param name="where">To which requests; without, to all.</param>
    /// <param name="times">To how many of them.</param>
    /// <returns>Tells when it happened, and takes it away when disposed.</returns>
    public InjectedFault Inject(HttpFault fault, Func<ProxiedRequest, bool>? where = null, int times = int.MaxValue)
    {
        var injected = new InjectedFault(fault, where ?? (_ => true), times);
        lock (_gate)
            Volatile.Write(ref _faults, [.. _faults, injected]);
        return injected;
    }

    /// <summary>Breaks all connections and refuses new ones, as where nothing listens.</summary>
    public async Task RefuseAsync()
    {
        _listener?.Stop();
        _listener = null;
        await _accepting;
        foreach (ProxiedConnection connection in _connections.Keys)
            connection.Reset();
    }

    /// <summary>Takes connections again after <see cref="RefuseAsync"/>, on the same port.</summary>
    public void Accept()
    {
        _listener = new TcpListener(IPAddress.Loopback, _port);
        _listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Start();
        _accepting = AcceptAsync(_listener);
    }

    /// <summary>Ends it and all its connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await RefuseAsync();
        await _ending.CancelAsync();
        await Task.WhenAll(_connections.Values);
        _ending.Dispose();
    }

    internal InjectedFault? FaultFor(ProxiedRequest request)
    {
        _requests.Enqueue(request);
        return Volatile.Read(ref _faults).FirstOrDefault(fault => fault.Claim(request));
    }

    internal void Answered(int bytes) => Interlocked.Add(ref _answeredBytes, bytes);

    private async Task AcceptAsync(TcpListener listener)
    {
        while (true)
        {
            try
            {
                var connection = new ProxiedConnection(this, await listener.AcceptSocketAsync(), new Socket(SocketType.Stream, ProtocolType.Tcp));
                var registered = new TaskCompletionSource();
                _connections[connection] = RunAsync(connection, registered.Task);
                registered.SetResult();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task RunAsync(ProxiedConnection connection, Task registered)
    {
        await registered;
        await connection.RunAsync(_server, _ending.Token);
        _connections.TryRemove(connection, out _);
    }
}
