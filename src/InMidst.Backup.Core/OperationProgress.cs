namespace InMidst.Backup.Core;

/// <summary>How far a long operation is.</summary>
/// <param name="Status">What is being done now, for people.</param>
/// <param name="Bytes">Bytes done so far.</param>
/// <param name="Fraction">0 to 1 of the whole, an estimate; null when it cannot be told.</param>
public readonly record struct OperationProgress(string Status, long Bytes, double? Fraction);
