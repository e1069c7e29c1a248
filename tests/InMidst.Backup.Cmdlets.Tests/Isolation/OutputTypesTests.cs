using System.Management.Automation;
using System.Reflection;
using System.Runtime.CompilerServices;
using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.Isolation;

/// <summary>
/// What the cmdlets return must survive Start-Job, Export-Clixml and ConvertTo-Json, and must load before the engine does.
/// </summary>
public sealed class OutputTypesTests
{
    private static readonly Assembly Runtime = typeof(object).Assembly;

    private static List<Type> OutputTypes =>
    [
        .. StagedModule.CmdletAssembly.GetExportedTypes()
            .Where(type => type.IsClass && type.Name.StartsWith("Midst", StringComparison.Ordinal))
            .Where(type => !typeof(Cmdlet).IsAssignableFrom(type)),
    ];

    [Fact]
    public void There_are_output_types()
    {
        Assert.NotEmpty(OutputTypes);
    }

    [Fact]
    public void They_can_be_made_from_nothing()
    {
        Assert.All(OutputTypes, type => Assert.NotNull(type.GetConstructor(Type.EmptyTypes)));
    }

    [Fact]
    public void Their_properties_are_set_once()
    {
        Assert.All(Properties(), property =>
        {
            MethodInfo? setter = property.SetMethod;
            if (setter is null)
                return;
            Assert.True(setter.IsPublic, Name(property));
            Assert.True(
                setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)), Name(property) + " is not init");
        });
    }

    [Fact]
    public void They_show_only_what_every_process_knows()
    {
        Assert.All(Properties(), property => Assert.True(IsKnown(property.PropertyType), $"{Name(property)}: {property.PropertyType}"));
    }

    private static IEnumerable<PropertyInfo> Properties() =>
        OutputTypes.SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance));

    private static string Name(PropertyInfo property) => $"{property.DeclaringType!.Name}.{property.Name}";

    private static bool IsKnown(Type type)
    {
        if (type.IsArray)
            return IsKnown(type.GetElementType()!);
        if (type.IsGenericType)
            return type.Assembly == Runtime && type.GetGenericArguments().All(IsKnown);
        return type.Assembly == Runtime
            || type.Assembly == typeof(Uri).Assembly
            || type == typeof(PSCredential)
            || type.Assembly == StagedModule.CmdletAssembly;
    }
}
