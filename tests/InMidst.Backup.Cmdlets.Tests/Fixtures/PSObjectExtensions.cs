using System.Management.Automation;

namespace InMidst.Backup.Cmdlets.Tests.Fixtures;

/// <summary>Reads properties of what the cmdlets wrote; their types cannot be referenced here.</summary>
internal static class PSObjectExtensions
{
    public static object? Get(this PSObject? value, string property)
    {
        PSPropertyInfo? found = value?.Properties[property];
        Assert.True(found is not null, $"{value} has no property {property}.");
        return found.Value is PSObject inner ? inner.BaseObject : found.Value;
    }

    public static string Text(this PSObject? value, string property) => value.Get(property)?.ToString() ?? "";

    public static IReadOnlyList<string> Texts(this IEnumerable<PSObject?> values, string property) => [.. values.Select(v => v.Text(property))];
}
