namespace InMidst.Backup.Help.Model;

/// <summary>One parameter set.</summary>
/// <param name="Name">Its name in the code.</param>
/// <param name="Line">The line as PowerShell itself prints it.</param>
/// <param name="Parameters">Its parameters in the order shown, each as it is in this set.</param>
internal sealed record SyntaxHelp(string Name, string Line, IReadOnlyList<ParameterHelp> Parameters);
