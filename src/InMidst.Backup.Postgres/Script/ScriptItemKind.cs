namespace InMidst.Backup.Postgres.Script;

/// <summary>What a <see cref="ScriptItem"/> is.</summary>
public enum ScriptItemKind
{
    /// <summary>One <c>-- …</c> line between statements.</summary>
    Comment,

    /// <summary>A statement to execute.</summary>
    Statement,

    /// <summary>A <c>COPY … FROM STDIN</c> statement; its data follow, see <see cref="SqlScriptReader.ReadCopyDataAsync"/>.</summary>
    Copy,
}
