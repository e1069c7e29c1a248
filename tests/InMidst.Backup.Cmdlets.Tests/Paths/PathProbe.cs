using System.Management.Automation;
using System.Reflection;
using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.Paths;

/// <summary>Calls the module's path conversion from a script, which is on the pipeline thread as the cmdlets are.</summary>
public sealed class PathProbe
{
    private readonly Type _type = StagedModule.InternalType("PathConversion");

    public object? ToAbsolute(SessionState session, string text) => Call(session, "ToAbsolute", text);

    public object? FindExisting(SessionState session, string text) => Call(session, "FindExisting", text);

    public object? Call(SessionState session, string method, string text)
    {
        object conversion = Activator.CreateInstance(
            _type, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, binder: null, args: [session], culture: null)!;
        return _type.GetMethod(method, BindingFlags.Instance | BindingFlags.NonPublic)!.Invoke(
            conversion, BindingFlags.DoNotWrapExceptions, binder: null, parameters: [text], culture: null);
    }
}
