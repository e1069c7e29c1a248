using System.Management.Automation;
using System.Reflection;
using Microsoft.PowerShell.Commands.Internal.Format;

namespace InMidst.Backup.Cmdlets.Tests.Formatting;

/// <summary>Format-List. The engine alone has everything of it but the cmdlet itself, which is made as PowerShell's own is.</summary>
[Cmdlet(VerbsCommon.Format, "AsList")]
public sealed class FormatAsListCommand : OuterFormatTableAndListBase
{
    private const BindingFlags Inside = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

    public FormatAsListCommand()
    {
        Assembly engine = typeof(PSObject).Assembly;
        Type shapes = engine.GetType("Microsoft.PowerShell.Commands.Internal.Format.FormatShape", throwOnError: true)!;
        Type inner = engine.GetType("Microsoft.PowerShell.Commands.Internal.Format.InnerFormatShapeCommand", throwOnError: true)!;
        FieldInfo implementation = typeof(FrontEndCommandBase).GetField("implementation", Inside)!;
        implementation.SetValue(this, Activator.CreateInstance(inner, Inside, binder: null, args: [Enum.Parse(shapes, "List")], culture: null));
    }
}
