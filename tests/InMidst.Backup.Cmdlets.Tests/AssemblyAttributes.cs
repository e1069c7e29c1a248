// The module keeps one load context per process, and PowerShell keeps statics of its own.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
