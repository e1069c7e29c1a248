using System.Reflection;
using System.Text.Json;
using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.Isolation;

/// <summary>Isolation is lost by a reference sooner than by anything else: who refers to whom is fixed here.</summary>
public sealed class ReferencesTests
{
    [Fact]
    public void The_cmdlets_refer_to_the_engine_and_to_no_package()
    {
        IEnumerable<string> strangers = StagedModule.CmdletAssembly.GetReferencedAssemblies()
            .Select(name => name.Name!)
            .Where(name => !IsPartOfDotNet(name))
            .Where(name => name is not ("InMidst.Backup.Core" or "InMidst.Backup.Postgres" or "System.Management.Automation"));

        Assert.Empty(strangers);
    }

    [Fact]
    public void The_cmdlets_are_compiled_against_PowerShell_Standard()
    {
        AssemblyName powerShell = StagedModule.CmdletAssembly.GetReferencedAssemblies()
            .Single(name => name.Name == "System.Management.Automation");

        Assert.Equal(new Version(3, 0, 0, 0), powerShell.Version);
    }

    [Fact]
    public void The_loader_refers_to_PowerShell_and_to_nothing_else()
    {
        Assert.NotNull(StagedModule.CmdletAssembly);
        Assembly loader = AppDomain.CurrentDomain.GetAssemblies()
            .Single(assembly => assembly.GetName().Name == "InMidst.Backup.Loader");

        Assert.Equal(
            ["System.Management.Automation"],
            loader.GetReferencedAssemblies().Select(name => name.Name!).Where(name => !IsPartOfDotNet(name)));
    }

    [Fact]
    public void These_tests_bring_neither_the_engine_nor_its_packages_along()
    {
        // What stands here is found by the default context, and the module's own way of loading would never be tried.
        string file = Path.Combine(AppContext.BaseDirectory, "InMidst.Backup.Cmdlets.Tests.deps.json");
        using JsonDocument deps = JsonDocument.Parse(File.ReadAllText(file));
        List<string> libraries = [.. deps.RootElement.GetProperty("libraries").EnumerateObject().Select(library => library.Name.Split('/')[0])];

        Assert.Contains("System.Management.Automation", libraries);
        Assert.DoesNotContain(libraries, IsEngineOrPackage);
    }

    private static bool IsEngineOrPackage(string library) =>
        library is "InMidst.Backup" or "InMidst.Backup.Core" or "InMidst.Backup.Postgres" or "InMidst.Backup.Redis"
            or "InMidst.Backup.Loader" or "InMidst.Backup.Testing.Storage"
        || library.StartsWith("Npgsql", StringComparison.OrdinalIgnoreCase)
        || library.StartsWith("ZstdSharp", StringComparison.OrdinalIgnoreCase)
        || library.StartsWith("AWSSDK", StringComparison.OrdinalIgnoreCase)
        || library.StartsWith("BouncyCastle", StringComparison.OrdinalIgnoreCase)
        || library.StartsWith("StackExchange", StringComparison.OrdinalIgnoreCase);

    private static bool IsPartOfDotNet(string name) =>
        File.Exists(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, name + ".dll"));
}
