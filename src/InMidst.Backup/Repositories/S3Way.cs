using InMidst.Backup.Core.Storage.S3;

namespace InMidst.Backup.Repositories;

/// <summary>How S3 is reached.</summary>
/// <param name="Settings">What the engine is told.</param>
/// <param name="Origins">Where that comes from, in sentences for the verbose stream.</param>
internal sealed record S3Way(S3Settings Settings, IReadOnlyList<string> Origins);
