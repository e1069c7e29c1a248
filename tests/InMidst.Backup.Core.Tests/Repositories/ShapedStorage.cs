using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Tests.Repositories;

/// <summary>A storage that says something else of itself.</summary>
internal sealed class ShapedStorage(IStorage inner, Func<StorageProperties, StorageProperties> change) : DelegatingStorage(inner)
{
    public override StorageProperties Properties => change(base.Properties);
}
