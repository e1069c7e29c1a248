using System.Reflection;
using System.Runtime.Loader;
using InMidst.Backup.Cmdlets.Tests.Fixtures;
using InMidst.Backup.Cmdlets.Tests.Hosting;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Cmdlets.Tests.Isolation;

/// <summary>Every test of this assembly runs with a foreign Npgsql and a foreign AWSSDK.Core in the process; here they are looked at.</summary>
public sealed class LoadContextTests(S3Fixture s3)
{
    private const string ContextName = "InMidst.Backup";

    private static AssemblyLoadContext Context =>
        AssemblyLoadContext.All.Single(context => context.Name == ContextName);

    [Fact]
    public void The_engine_lives_in_a_context_of_its_own_and_the_cmdlets_in_the_common_one()
    {
        Assembly engine = EngineAssembly();

        Assert.Same(Context, AssemblyLoadContext.GetLoadContext(engine));
        Assert.Equal(StagedModule.Dependencies, Path.GetDirectoryName(engine.Location));
        Assert.Same(AssemblyLoadContext.Default, AssemblyLoadContext.GetLoadContext(StagedModule.CmdletAssembly));
        Assert.False(Context.IsCollectible);
    }

    [Fact]
    public void A_foreign_Npgsql_of_equal_version_is_neither_used_nor_disturbed()
    {
        Assembly foreign = StagedModule.ForeignNpgsql;
        EngineAssembly();

        Assembly ours = Context.LoadFromAssemblyName(new AssemblyName("Npgsql"));

        Assert.Equal(foreign.FullName, ours.FullName);
        Assert.NotSame(foreign, ours);
        Assert.Equal(StagedModule.Dependencies, Path.GetDirectoryName(ours.Location));
        Assert.Same(foreign, AssemblyLoadContext.Default.LoadFromAssemblyName(new AssemblyName("Npgsql")));
    }

    [Fact]
    public void A_command_that_talks_to_a_server_uses_our_Npgsql()
    {
        using PowerShellHost shell = StagedModule.Open();

        // Nothing listens on port 1: that is found out by Npgsql, or by something that has asked it.
        PsResult result = shell.Run("Get-MidstDatabase -HostName 127.0.0.1 -Port 1 -UserName nobody");

        Assert.StartsWith("ServerUnreachable,", Assert.Single(result.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assembly[] loaded = [.. AppDomain.CurrentDomain.GetAssemblies().Where(assembly => assembly.GetName().Name == "Npgsql")];
        Assert.Contains(loaded, assembly => AssemblyLoadContext.GetLoadContext(assembly) == Context);
        Assert.All(
            loaded.Where(assembly => assembly != StagedModule.ForeignNpgsql),
            assembly => Assert.Same(Context, AssemblyLoadContext.GetLoadContext(assembly)));
    }

    [Fact]
    public async Task A_command_that_talks_to_S3_uses_our_SDK_beside_a_foreign_one_of_equal_version()
    {
        S3Server server = await s3.ServerAsync();
        string bucket = await server.CreateBucketAsync();
        using PowerShellHost shell = StagedModule.Open();
        shell.Set("endpoint", server.Endpoint.ToString());
        shell.Set("accessKey", server.AccessKey);
        shell.Set("secretKey", server.SecretKey);

        Assert.Empty(shell.Run($$"""
            $keys = [pscredential]::new($accessKey, [System.Net.NetworkCredential]::new('', $secretKey).SecurePassword)
            Get-MidstBackup -Repository s3://{{bucket}}/backups -S3Endpoint $endpoint -S3Credential $keys
            """).Successful().Output);

        Assembly ours = Context.Assemblies.Single(assembly => assembly.GetName().Name == "AWSSDK.Core");
        Assert.Equal(StagedModule.ForeignAws.FullName, ours.FullName);
        Assert.NotSame(StagedModule.ForeignAws, ours);
        Assert.Equal(StagedModule.Dependencies, Path.GetDirectoryName(ours.Location));
        Assert.Same(StagedModule.ForeignAws, AssemblyLoadContext.Default.LoadFromAssemblyName(new AssemblyName("AWSSDK.Core")));
        Assert.All(
            AppDomain.CurrentDomain.GetAssemblies().Where(assembly => assembly.GetName().Name!.StartsWith("AWSSDK", StringComparison.Ordinal) && assembly != StagedModule.ForeignAws),
            assembly => Assert.Same(Context, AssemblyLoadContext.GetLoadContext(assembly)));
    }

    [Fact]
    public void Importing_twice_with_Force_works_and_makes_no_second_context()
    {
        using PowerShellHost shell = StagedModule.Open();
        PsResult before = shell.Run("Get-Command -Module InMidst.Backup").Successful();

        StagedModule.Import(shell);
        StagedModule.Import(shell);

        PsResult after = shell.Run("Get-Command -Module InMidst.Backup").Successful();
        Assert.NotEmpty(before.Output);
        Assert.Equal(before.Output.Select(command => command!.ToString()), after.Output.Select(command => command!.ToString()));
        EngineAssembly();
        Assert.Single(AssemblyLoadContext.All, context => context.Name == ContextName);
        Assert.Single(AppDomain.CurrentDomain.GetAssemblies(), assembly => assembly.GetName().Name == "InMidst.Backup.Core");
    }

    [Fact]
    public void The_module_can_be_removed_and_imported_again()
    {
        using PowerShellHost shell = StagedModule.Open();

        shell.Run("Remove-Module InMidst.Backup -ErrorAction Stop").Successful();
        Assert.Empty(shell.Run("Get-Module InMidst.Backup").Successful().Output);
        StagedModule.Import(shell);

        Assert.Single(shell.Run("Get-Module InMidst.Backup").Successful().Output);
    }

    /// <summary>The engine's assembly as the cmdlets see it; found by the loader's hook and by nothing else.</summary>
    private static Assembly EngineAssembly()
    {
        Type cmdletBase = StagedModule.CmdletAssembly.GetType("InMidst.Backup.ErrorRecords", throwOnError: true)!;
        AssemblyName engine = cmdletBase.Assembly.GetReferencedAssemblies().Single(name => name.Name == "InMidst.Backup.Core");
        return AssemblyLoadContext.Default.LoadFromAssemblyName(engine);
    }
}
