namespace InMidst.Backup.Help;

/// <summary>Types as help shows them.</summary>
internal static class TypeNames
{
    /// <summary>The short name: <c>String[]</c>, <c>Int32</c> for a nullable one too.</summary>
    public static string Short(Type type) => Spell(type, part => part.Name);

    /// <summary>The name with its namespace.</summary>
    public static string Full(Type type) => Spell(type, part => $"{part.Namespace}.{part.Name}");

    /// <summary>The type of one value: of an element of an array, or what a nullable holds.</summary>
    public static Type Single(Type type)
    {
        Type element = type.IsArray ? type.GetElementType()! : type;
        return Nullable.GetUnderlyingType(element) ?? element;
    }

    private static string Spell(Type type, Func<Type, string> name)
    {
        if (type.IsArray)
            return Spell(type.GetElementType()!, name) + "[]";
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Spell(underlying, name);
        return type.IsGenericType
            ? $"{name(type).Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(part => Spell(part, name)))}>"
            : name(type);
    }
}
