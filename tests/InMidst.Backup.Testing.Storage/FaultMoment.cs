namespace InMidst.Backup.Testing.Storage;

/// <summary>When a call of <see cref="FaultyStorage"/> fails.</summary>
public enum FaultMoment
{
    /// <summary>The call has no effect.</summary>
    Before,

    /// <summary>The call has its effect, and its answer is lost.</summary>
    After,
}
