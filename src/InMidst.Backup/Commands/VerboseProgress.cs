namespace InMidst.Backup.Commands;

/// <summary>Steps of an engine as verbose messages, in order.</summary>
internal sealed class VerboseProgress(Action<string> post) : IProgress<string>
{
    public void Report(string value) => post(value);
}
