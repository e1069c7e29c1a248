using System.Reflection;
using System.Runtime.Loader;

namespace InMidst.Backup.Cmdlets.Tests.Hosting;

/// <summary>The module as a user gets it, imported while other copies of its packages, of the same versions, are in the process.</summary>
public static class StagedModule
{
    static StagedModule()
    {
        Root = FindRoot();
        Manifest = Path.Combine(Root, "InMidst.Backup.psd1");
        Bin = Path.Combine(Root, "bin");
        Dependencies = Path.Combine(Bin, "deps");
        if (!File.Exists(Path.Combine(Bin, "InMidst.Backup.dll")))
            throw new InvalidOperationException($"{Bin} is not staged: run dotnet build InMidst.Backup.sln first.");
        ForeignNpgsql = LoadForeignCopy("Npgsql.dll");
        ForeignAws = LoadForeignCopy("AWSSDK.Core.dll");
        CmdletAssembly = ImportAndFind();
    }

    /// <summary>The directory of the solution, which is also the module's.</summary>
    public static string Root { get; }

    public static string Manifest { get; }

    public static string Bin { get; }

    public static string Dependencies { get; }

    /// <summary>What another module of the user's might have loaded before ours.</summary>
    public static Assembly ForeignNpgsql { get; }

    /// <summary>The same of AWS's own modules for PowerShell, which many have loaded.</summary>
    public static Assembly ForeignAws { get; }

    /// <summary>The cmdlet assembly that PowerShell loaded.</summary>
    public static Assembly CmdletAssembly { get; }

    /// <summary>A runspace with the module imported, and cmdlets of the test besides.</summary>
    public static PowerShellHost Open(System.Management.Automation.Host.PSHost? host = null, params (string Name, Type Type)[] cmdlets)
    {
        var shell = new PowerShellHost(host, cmdlets);
        try
        {
            Import(shell);
            return shell;
        }
        catch
        {
            shell.Dispose();
            throw;
        }
    }

    /// <summary>Imports the module, again if it is there already.</summary>
    public static void Import(PowerShellHost shell)
    {
        shell.Set("manifest", Manifest);
        shell.Run("Import-Module $manifest -Force -ErrorAction Stop").Successful();
    }

    /// <summary>A type of the cmdlet assembly that is not public.</summary>
    public static Type InternalType(string name) =>
        CmdletAssembly.GetType("InMidst.Backup." + name, throwOnError: true)!;

    private static Assembly ImportAndFind()
    {
        using PowerShellHost shell = Open();
        return AppDomain.CurrentDomain.GetAssemblies()
            .Single(assembly => assembly.GetName().Name == "InMidst.Backup");
    }

    private static Assembly LoadForeignCopy(string file)
    {
        string directory = Path.Combine(AppContext.BaseDirectory, "foreign");
        Directory.CreateDirectory(directory);
        string copy = Path.Combine(directory, file);
        File.Copy(Path.Combine(Dependencies, file), copy, overwrite: true);
        return AssemblyLoadContext.Default.LoadFromAssemblyPath(copy);
    }

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "InMidst.Backup.sln")))
                return directory.FullName;
        }

        throw new InvalidOperationException("The tests run outside the repository.");
    }
}
