using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace InMidst.Backup.Shell.Hosting;

/// <summary>Asks the user, or refuses to where nobody would answer.</summary>
internal sealed class Questions(ShellUserInterface screen, bool mayAsk, CancellationToken interrupted)
{
    /// <summary>Reads a line.</summary>
    /// <exception cref="HostException">There is nobody to ask.</exception>
    internal string ReadLine()
    {
        Require("for a line of input");
        return Wait(Console.ReadLine) ?? throw InputEnded();
    }

    /// <summary>Reads a line without showing it.</summary>
    /// <exception cref="HostException">There is nobody to ask.</exception>
    internal SecureString ReadSecret()
    {
        Require("for a secret");
        var secret = new SecureString();
        for (ConsoleKeyInfo key = NextKey(); key.Key != ConsoleKey.Enter; key = NextKey())
        {
            if (key.Key != ConsoleKey.Backspace && !char.IsControl(key.KeyChar))
                secret.AppendChar(key.KeyChar);
            else if (key.Key == ConsoleKey.Backspace && secret.Length > 0)
                secret.RemoveAt(secret.Length - 1);
        }

        screen.Ask(Environment.NewLine);
        secret.MakeReadOnly();
        return secret;
    }

    /// <summary>Asks for one value per field; this is how mandatory parameters that are missing come to be asked for.</summary>
    /// <exception cref="HostException">There is nobody to ask.</exception>
    internal Dictionary<string, PSObject> AskFields(string caption, string message, Collection<FieldDescription> fields)
    {
        Require("for " + string.Join(", ", fields.Select(static field => field.Name)));
        Introduce(caption, message);
        return fields.ToDictionary(static field => field.Name, AskField);
    }

    /// <summary>Asks which of the choices it shall be. An empty answer is the default choice, if there is one.</summary>
    /// <returns>The index of the choice.</returns>
    /// <exception cref="HostException">There is nobody to ask.</exception>
    internal int AskChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        Require($"\"{string.Join(' ', new[] { caption, message }.Where(static text => !string.IsNullOrEmpty(text)))}\"");
        Introduce(caption, message);
        while (true)
        {
            screen.Ask(string.Join("  ", choices.Select(static choice => $"[{Key(choice)}] {Label(choice)}")) + "  [?] Help");
            screen.Ask(defaultChoice >= 0 ? $" (default is \"{Key(choices[defaultChoice])}\"): " : ": ");
            string answer = ReadLine().Trim();
            if (answer.Length == 0 && defaultChoice >= 0)
                return defaultChoice;
            if (answer == "?")
                screen.Ask(string.Concat(choices.Select(static choice => $"{Key(choice)} - {choice.HelpMessage}{Environment.NewLine}")));
            int index = choices.ToList().FindIndex(choice => IsNamed(choice, answer));
            if (index >= 0)
                return index;
        }
    }

    /// <summary>Asks for a password, and for the user's name if none is given.</summary>
    /// <exception cref="HostException">There is nobody to ask.</exception>
    internal PSCredential AskCredential(string caption, string message, string? userName)
    {
        Require("for a user name and password");
        Introduce(caption, message);
        while (string.IsNullOrEmpty(userName))
        {
            screen.Ask("User: ");
            userName = ReadLine().Trim();
        }

        screen.Ask($"Password for user {userName}: ");
        return new PSCredential(userName, ReadSecret());
    }

    private PSObject AskField(FieldDescription field)
    {
        var type = Type.GetType(field.ParameterAssemblyFullName);
        if (type == typeof(PSCredential))
            return PSObject.AsPSObject(AskCredential(field.Name, field.HelpMessage, null));
        if (type is { IsArray: true })
            return AskValues(field, type);
        while (true)
        {
            screen.Ask($"{field.Name}: ");
            if (type == typeof(SecureString))
                return PSObject.AsPSObject(ReadSecret());
            string answer = ReadLine();
            if (LanguagePrimitives.TryConvertTo(answer, type ?? typeof(string), out object value) && value is not null)
                return PSObject.AsPSObject(value);
            screen.Ask($"'{answer}' cannot be read as {field.ParameterTypeName}.{Environment.NewLine}");
        }
    }

    /// <summary>Values of an array are asked for one by one, up to an empty line.</summary>
    private PSObject AskValues(FieldDescription field, Type type)
    {
        var answers = new List<string>();
        while (true)
        {
            screen.Ask($"{field.Name}[{answers.Count}]: ");
            string answer = ReadLine();
            if (answer.Length > 0)
                answers.Add(answer);
            else if (LanguagePrimitives.TryConvertTo(answers.ToArray(), type, out object values))
                return PSObject.AsPSObject(values);
            else
                screen.Ask($"These are not of type {field.ParameterTypeName}.{Environment.NewLine}");
        }
    }

    private void Introduce(string caption, string message)
    {
        foreach (string text in new[] { caption, message }.Where(static text => !string.IsNullOrEmpty(text)))
            screen.Ask(text + Environment.NewLine);
    }

    private void Require(string subject)
    {
        if (!mayAsk)
            throw new HostException(
                $"midst was about to ask {subject}, but runs without a terminal or with -NonInteractive. "
                + "Give the value as a parameter; a confirmation is answered by -Confirm:$false or -Force.");
    }

    private ConsoleKeyInfo NextKey() => Wait(static () => Console.ReadKey(intercept: true));

    /// <summary>
    /// Waits for the console on another thread: a read cannot be cancelled, and Ctrl-C must not wait for the Enter key. The
    /// abandoned read ends with the process.
    /// </summary>
    private T Wait<T>(Func<T> read)
    {
        Task<T> reading = Task.Run(read);
        try
        {
            reading.Wait(interrupted);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }

        return reading.GetAwaiter().GetResult();
    }

    private static HostException InputEnded() => new("The input ended before the question was answered.");

    private static bool IsNamed(ChoiceDescription choice, string answer) =>
        string.Equals(answer, Key(choice), StringComparison.OrdinalIgnoreCase)
        || string.Equals(answer, Label(choice), StringComparison.OrdinalIgnoreCase);

    private static string Label(ChoiceDescription choice) => choice.Label.Replace("&", "", StringComparison.Ordinal);

    private static string Key(ChoiceDescription choice)
    {
        int mark = choice.Label.IndexOf('&', StringComparison.Ordinal);
        return mark >= 0 && mark + 1 < choice.Label.Length ? choice.Label.Substring(mark + 1, 1).ToUpperInvariant() : Label(choice);
    }
}
