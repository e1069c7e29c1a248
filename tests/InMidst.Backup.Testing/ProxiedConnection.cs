using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace InMidst.Backup.Testing;

/// <summary>One client's connection through an <see cref="HttpFaultProxy"/>, and the one to the server that belongs to it.</summary>
internal sealed class ProxiedConnection(HttpFaultProxy proxy, Socket client, Socket server)
{
    /// <summary>Passes requests on until a side is done or a fault ends it.</summary>
    public async Task RunAsync(Uri address, CancellationToken cancellationToken)
    {
        try
        {
            client.NoDelay = server.NoDelay = true;
            await using var clientStream = new NetworkStream(client);
            await server.ConnectAsync(address.Host, address.Port, cancellationToken);
            await using var serverStream = new NetworkStream(server);
            HttpWire requests = new(clientStream), answers = new(serverStream);
            while (await requests.ReadHeadAsync(cancellationToken) is { } head
                && await ExchangeAsync(head, requests, answers, clientStream, serverStream, cancellationToken))
            {
            }

            client.Close();
            server.Close();
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // A side has gone, a fault broke the connection, or the proxy ends: neither side may take what it got for whole.
            Reset();
        }
    }

    /// <summary>Breaks both connections with a reset, in the midst of whatever goes on.</summary>
    public void Reset()
    {
        foreach (Socket socket in new[] { client, server })
        {
            try
            {
                socket.LingerState = new LingerOption(true, 0);
                socket.Close();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Closed by the other side before.
            }
        }
    }

    private async Task<bool> ExchangeAsync(
        string[] head, HttpWire requests, HttpWire answers, Stream toClient, Stream toServer, CancellationToken cancellationToken)
    {
        string[] first = head[0].Split(' ');
        var request = new ProxiedRequest(first[0], first[1], HttpWire.HeadersOf(head));
        InjectedFault? injected = proxy.FaultFor(request);
        if (injected?.Fault.What == HttpFault.Kind.Answer)
            return await AnswerAsync(injected, request, requests, toClient, cancellationToken);

        // Both directions at once: a server may say "100 Continue", or refuse, before it has the body.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task sending = EndingAsync(SendRequestAsync(head, request, injected, requests, toServer, either.Token), either);
        Task<bool> receiving = EndingAsync(SendAnswerAsync(request, injected, answers, toClient, either.Token), either);
        await Task.WhenAll(sending, receiving);
        return await receiving;
    }

    private static async Task SendRequestAsync(
        string[] head, ProxiedRequest request, InjectedFault? injected, HttpWire requests, Stream toServer, CancellationToken cancellationToken)
    {
        await toServer.WriteAsync(HttpWire.Bytes(head), cancellationToken);
        var filter = new FaultFilter(injected, toServer, HttpFault.Kind.CutRequest, HttpFault.Kind.StallRequest, flip: null);
        await filter.AtStartAsync(cancellationToken);
        await requests.ReadBodyAsync(request.Headers, untilEnd: false, bytes => filter.WriteAsync(bytes, cancellationToken), cancellationToken);
    }

    private async Task<bool> SendAnswerAsync(
        ProxiedRequest request, InjectedFault? injected, HttpWire answers, Stream toClient, CancellationToken cancellationToken)
    {
        while (true)
        {
            string[] head = await answers.ReadHeadAsync(cancellationToken) ?? throw new IOException("The server has closed the connection.");
            if (!IsInterim(head))
                await WithholdAsync(injected, cancellationToken);

            ShiftDate(head);
            await toClient.WriteAsync(HttpWire.Bytes(head), cancellationToken);
            if (IsInterim(head))
                continue;

            Dictionary<string, string> headers = HttpWire.HeadersOf(head);
            var filter = new FaultFilter(injected, toClient, HttpFault.Kind.CutResponse, HttpFault.Kind.StallResponse, HttpFault.Kind.FlipResponse);
            await filter.AtStartAsync(cancellationToken);
            if (request.Method != "HEAD" && head[0].Split(' ')[1] is not ("204" or "304"))
                await answers.ReadBodyAsync(headers, untilEnd: true, PassOnAsync, cancellationToken);
            return !headers.TryGetValue("Connection", out string? connection) || !connection.Equals("close", StringComparison.OrdinalIgnoreCase);

            ValueTask PassOnAsync(Memory<byte> bytes)
            {
                proxy.Answered(bytes.Length);
                return filter.WriteAsync(bytes, cancellationToken);
            }
        }
    }

    private static async Task WithholdAsync(InjectedFault? injected, CancellationToken cancellationToken)
    {
        if (injected?.Fault.What is not (HttpFault.Kind.LoseAnswer or HttpFault.Kind.HoldAnswer))
            return;
        injected.Happened();
        if (injected.Fault.What == HttpFault.Kind.LoseAnswer)
            throw new IOException("The answer is lost.");
        await injected.Released.WaitAsync(cancellationToken);
    }

    private static bool IsInterim(string[] head) => head[0].Split(' ')[1].StartsWith('1');

    // The first failure ends the other direction too.
    private static async Task<T> EndingAsync<T>(Task<T> task, CancellationTokenSource either)
    {
        try
        {
            return await task;
        }
        catch
        {
            await either.CancelAsync();
            throw;
        }
    }

    private static Task EndingAsync(Task task, CancellationTokenSource either) => EndingAsync(
        task.ContinueWith(done => { done.GetAwaiter().GetResult(); return true; }, TaskScheduler.Default), either);

    private async Task<bool> AnswerAsync(
        InjectedFault injected, ProxiedRequest request, HttpWire requests, Stream toClient, CancellationToken cancellationToken)
    {
        HttpFault fault = injected.Fault;
        bool waits = request.Headers.TryGetValue("Expect", out string? expected) && expected.Equals("100-continue", StringComparison.OrdinalIgnoreCase);
        byte[] body = request.Method == "HEAD" ? [] : Encoding.UTF8.GetBytes(fault.Body);
        string[] head =
        [
            $"HTTP/1.1 {fault.Status} {fault.Reason}",
            "Date: " + DateTimeOffset.UtcNow.ToString("R", CultureInfo.InvariantCulture),
            "Content-Type: application/xml",
            $"Content-Length: {(request.Method == "HEAD" ? fault.Body.Length : body.Length)}",
            .. fault.Header.Length > 0 ? [fault.Header] : Array.Empty<string>(),
            .. waits ? ["Connection: close"] : Array.Empty<string>(),
        ];
        ShiftDate(head);

        // Who waits for leave to send is refused before; the others are heard to the end, or they would miss the answer. A client that
        // waited and sends its body nevertheless is heard too, for the same reason.
        if (!waits)
            await requests.ReadBodyAsync(request.Headers, untilEnd: false, _ => ValueTask.CompletedTask, cancellationToken);
        injected.Happened();
        await toClient.WriteAsync(HttpWire.Bytes(head), cancellationToken);
        await toClient.WriteAsync(body, cancellationToken);
        if (waits)
            await requests.ReadBodyAsync(request.Headers, untilEnd: false, _ => ValueTask.CompletedTask, cancellationToken);
        return !waits;
    }

    private void ShiftDate(string[] head)
    {
        int line = Array.FindIndex(head, text => text.StartsWith("Date:", StringComparison.OrdinalIgnoreCase));
        if (line < 0 || proxy.DateShift == TimeSpan.Zero)
            return;
        DateTimeOffset date = DateTimeOffset.Parse(head[line]["Date:".Length..], CultureInfo.InvariantCulture);
        head[line] = "Date: " + (date + proxy.DateShift).ToString("R", CultureInfo.InvariantCulture);
    }
}
