using System.Runtime.InteropServices;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>How a message begins.</summary>
/// <param name="Type">One of <see cref="MessageType"/>, or something the server should not have sent.</param>
/// <param name="BodyLength">Bytes that follow the header.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct MessageHeader(byte Type, int BodyLength);
