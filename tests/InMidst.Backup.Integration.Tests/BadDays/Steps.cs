using InMidst.Backup.Core;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>Does something at each report, before the backup goes on.</summary>
internal sealed class Steps(Action<OperationProgress>? step) : IProgress<OperationProgress>
{
    public void Report(OperationProgress value) => step?.Invoke(value);
}
