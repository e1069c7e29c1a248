namespace InMidst.Backup.Testing;

/// <summary>Passes a body on and does, at one byte of it, what a fault says for this direction.</summary>
internal sealed class FaultFilter(InjectedFault? injected, Stream destination, HttpFault.Kind cut, HttpFault.Kind stall, HttpFault.Kind? flip)
{
    private readonly HttpFault? _fault = injected?.Fault is { } fault && (fault.What == cut || fault.What == stall || fault.What == flip) ? fault : null;
    private long _passed;
    private bool _done;

    /// <summary>Does what is to be done before the first byte.</summary>
    public ValueTask AtStartAsync(CancellationToken cancellationToken) =>
        _fault is { After: 0 } && _fault.What != flip ? HappenAsync(cancellationToken) : ValueTask.CompletedTask;

    /// <summary>Passes bytes on.</summary>
    public async ValueTask WriteAsync(Memory<byte> bytes, CancellationToken cancellationToken)
    {
        if (_fault is not null && !_done && _fault.What == flip && _fault.After < _passed + bytes.Length)
        {
            bytes.Span[(int)(_fault.After - _passed)] ^= 1;
            _done = true;
            injected!.Happened();
        }
        else if (_fault is not null && !_done && _fault.What != flip && _fault.After <= _passed + bytes.Length)
        {
            int before = (int)(_fault.After - _passed);
            await destination.WriteAsync(bytes[..before], cancellationToken);
            _passed += before;
            await HappenAsync(cancellationToken);
            bytes = bytes[before..];
        }

        await destination.WriteAsync(bytes, cancellationToken);
        _passed += bytes.Length;
    }

    private async ValueTask HappenAsync(CancellationToken cancellationToken)
    {
        _done = true;
        injected!.Happened();
        if (_fault!.What == cut)
            throw new IOException("The connection is to break here.");
        await injected.Released.WaitAsync(cancellationToken);
    }
}
