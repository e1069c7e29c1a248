using InMidst.Backup.Benchmarks.Contenders;

namespace InMidst.Backup.Benchmarks.Measuring;

/// <summary>The runs of one contender.</summary>
internal sealed class Series(Contender contender)
{
    /// <summary>Whose they are.</summary>
    public Contender Contender { get; } = contender;

    /// <summary>Those that succeeded.</summary>
    public List<Measurement> Runs { get; } = [];

    /// <summary>Why it does not run any more, or null.</summary>
    public string? Failure { get; set; }

    /// <summary>The median of one figure; null where no run has it.</summary>
    public double? Median(Func<Measurement, double?> figure)
    {
        double[] values = [.. Runs.Select(figure).OfType<double>().Order()];
        return values.Length == 0 ? null : (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }
}
