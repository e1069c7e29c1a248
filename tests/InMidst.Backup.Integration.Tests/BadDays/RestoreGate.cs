namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>A place in a dump at which its restore waits until the test has done what it is to do meanwhile, however long that takes.</summary>
internal sealed class RestoreGate
{
    private const string Waits = "DO $gate$";

    private readonly RestoreScene _scene;
    private readonly string _role;

    // Roles are seen from every database.
    private RestoreGate(RestoreScene scene, string role) => (_scene, _role) = (scene, role);

    /// <summary>What waits, to be put into the dump.</summary>
    public string Statement => $"{Waits} BEGIN WHILE EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{_role}') LOOP PERFORM pg_sleep(0.02); END LOOP; END $gate$;\n";

    /// <summary>Makes one that is shut.</summary>
    public static async Task<RestoreGate> ShutAsync(RestoreScene scene)
    {
        string role = RestoreScene.NewName("gate");
        await scene.SqlAsync($"CREATE ROLE {role}");
        return new RestoreGate(scene, role);
    }

    /// <summary>Waits until the restore to a target stands before it.</summary>
    public Task ReachedAsync(string target) => _scene.LoadingAsync(target, Waits);

    /// <summary>Lets the restore go on.</summary>
    public Task OpenAsync() => _scene.SqlAsync($"DROP ROLE {_role}");
}
