namespace InMidst.Backup.Core.Tests.Storage.S3;

/// <summary>Tests that change the process's environment, one at a time and beside no other.</summary>
[CollectionDefinition(EnvironmentScene.Alone, DisableParallelization = true)]
public sealed class EnvironmentCollection;
