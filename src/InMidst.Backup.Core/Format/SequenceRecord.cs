namespace InMidst.Backup.Core.Format;

/// <summary>One sequence's value.</summary>
public sealed record SequenceRecord
{
    /// <summary>Schema.</summary>
    public required string Schema { get; init; }

    /// <summary>Sequence.</summary>
    public required string Name { get; init; }

    /// <summary>last_value.</summary>
    public required long LastValue { get; init; }

    /// <summary>is_called.</summary>
    public required bool IsCalled { get; init; }
}
