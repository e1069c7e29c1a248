using InMidst.Backup.Core;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

/// <summary>Progress that is heard at once, in the middle of the operation.</summary>
internal sealed class Reports(Action<OperationProgress>? heard = null) : IProgress<OperationProgress>
{
    public void Report(OperationProgress value) => heard?.Invoke(value);
}
