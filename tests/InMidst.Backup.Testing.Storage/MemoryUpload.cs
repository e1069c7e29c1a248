using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Testing.Storage;

internal sealed class MemoryUpload(MemoryStorage storage, string name, PutMode mode, DateTimeOffset since) : StorageUpload
{
    private readonly MemoryStream _content = new();
    private bool _ended;
    private bool _suspended;

    public string Token { get; } = Guid.NewGuid().ToString("N");

    public DateTimeOffset Since => since;

    public override string Name => name;

    public override long Length => _content.Length;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        RequireOpen();
        cancellationToken.ThrowIfCancellationRequested();
        _content.Write(data.Span);
        return ValueTask.CompletedTask;
    }

    public override Task<StorageEntry> CompleteAsync(CancellationToken cancellationToken)
    {
        RequireOpen();
        cancellationToken.ThrowIfCancellationRequested();
        StorageEntry entry = storage.Publish(this, mode, _content.ToArray());
        _ended = true;
        return Task.FromResult(entry);
    }

    public override async ValueTask<long> SuspendAsync()
    {
        _suspended = !_ended && mode == PutMode.Resume && storage.Properties.ResumesUploads && Length > 0;
        await DisposeAsync();
        return _suspended ? Length : 0;
    }

    public override ValueTask DisposeAsync()
    {
        _ended = true;
        if (!_suspended)
            storage.Abandon(this);
        return ValueTask.CompletedTask;
    }

    private void RequireOpen()
    {
        if (_ended)
            throw new InvalidOperationException($"The upload of '{name}' is completed or disposed.");
    }
}
