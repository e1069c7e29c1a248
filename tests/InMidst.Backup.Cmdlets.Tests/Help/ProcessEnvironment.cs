namespace InMidst.Backup.Cmdlets.Tests.Help;

/// <summary>Tests that change environment variables of the process run while no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProcessEnvironment
{
    public const string Name = "process environment";
}
