namespace InMidst.Backup.Testing;

/// <summary>What kind of S3 server is started.</summary>
public sealed record S3ServerSettings
{
    /// <summary>
    /// How many storage daemons (OSDs) there are. One keeps everything in memory and forgets it when it is killed; several keep it
    /// on disk (bluestore), a copy each, and answer while all but one of them are there.
    /// </summary>
    public int Osds { get; init; } = 1;

    /// <summary>Keeps the bytes of a single OSD on disk too, where they survive a kill.</summary>
    public bool OnDisk { get; init; }

    /// <summary>Whether it listens for TLS as well, with a certificate of its own for 127.0.0.1 and localhost.</summary>
    public bool Tls { get; init; }

    /// <summary>Further lines for the gateway's section of ceph.conf, such as <c>rgw lc debug interval = 5</c>.</summary>
    public IReadOnlyList<string> GatewayLines { get; init; } = [];

    internal bool IsBluestore => OnDisk || Osds > 1;
}
