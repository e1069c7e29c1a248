using InMidst.Backup.Postgres.Script;

namespace InMidst.Backup.Postgres.Tests.Script;

/// <summary>An item of a script with the data that follow it, as Latin-1 text.</summary>
internal sealed record Piece(ScriptItemKind Kind, string Text, long Line, string Data = "");
