namespace InMidst.Backup.Postgres.Text;

/// <summary>Quotes names and values for statements that cannot take parameters.</summary>
public static class Sql
{
    /// <summary>A quoted identifier.</summary>
    public static string Identifier(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    /// <summary>A qualified, quoted name.</summary>
    public static string Name(string schema, string name) => Identifier(schema) + "." + Identifier(name);

    /// <summary>A literal that means the same whatever standard_conforming_strings says.</summary>
    public static string Literal(string value)
    {
        string quoted = "'" + value.Replace("'", "''", StringComparison.Ordinal).Replace("\\", "\\\\", StringComparison.Ordinal) + "'";
        return value.Contains('\\', StringComparison.Ordinal) ? "E" + quoted : quoted;
    }
}
