namespace InMidst.Backup.Postgres.Protocol;

/// <summary>SCRAM stopped at something that we refuse. The message says what, as the end of a sentence about the server.</summary>
internal sealed class ScramException(string message) : Exception(message);
