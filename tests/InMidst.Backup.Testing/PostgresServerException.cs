namespace InMidst.Backup.Testing;

/// <summary>The fixture could not do its part: no programs, a server that does not start, a client program that fails.</summary>
public sealed class PostgresServerException(string message) : Exception(message);
