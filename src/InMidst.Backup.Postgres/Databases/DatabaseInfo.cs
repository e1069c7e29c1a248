namespace InMidst.Backup.Postgres.Databases;

/// <summary>A database as its server lists it.</summary>
/// <param name="Name">Name.</param>
/// <param name="Owner">Owner.</param>
/// <param name="Encoding">Encoding.</param>
/// <param name="Collation">LC_COLLATE, or the ICU or builtin locale.</param>
/// <param name="Size">Bytes on disk; null where the role may not connect to it and so may not ask.</param>
public sealed record DatabaseInfo(string Name, string Owner, string Encoding, string Collation, long? Size);
