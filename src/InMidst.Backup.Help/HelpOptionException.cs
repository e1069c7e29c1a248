namespace InMidst.Backup.Help;

/// <summary>The command line of the tool is wrong; the message says which option.</summary>
internal sealed class HelpOptionException(string message) : Exception(message);
