namespace InMidst.Backup.Help.Model;

/// <summary>Whether the tests run an example.</summary>
internal enum ExampleRun
{
    /// <summary>It is only parsed: it needs what a test machine has not.</summary>
    Parsed,

    /// <summary>It runs with the module and the engine alone.</summary>
    Alone,

    /// <summary>It runs once PG* variables point to a server that may be thrown away.</summary>
    Server,
}
