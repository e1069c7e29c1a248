using System.Globalization;

namespace InMidst.Backup.Testing;

/// <summary>The ceph.conf of a cluster on loopback, without keys and without services, everything below one directory.</summary>
internal sealed record CephConfiguration(string Directory, S3ServerSettings Settings)
{
    private const long MemstoreBytes = 2L << 30;
    private const long BlockBytes = 4L << 30;

    /// <summary>Identity of the cluster.</summary>
    public Guid Id { get; } = Guid.NewGuid();

    /// <summary>Port of the monitor.</summary>
    public int MonitorPort { get; } = LoopbackPort.FindFree();

    /// <summary>Port of the gateway for HTTP.</summary>
    public int GatewayPort { get; } = LoopbackPort.FindFree();

    /// <summary>Port of the gateway for TLS, where it is wanted.</summary>
    public int GatewayTlsPort { get; } = LoopbackPort.FindFree();

    /// <summary>Where it is to be written.</summary>
    public string Path => System.IO.Path.Combine(Directory, "ceph.conf");

    /// <summary>The PEM file with the gateway's certificate and key.</summary>
    public string CertificatePath => System.IO.Path.Combine(Directory, "gateway.pem");

    /// <summary>The admin socket of a daemon.</summary>
    /// <param name="daemon">mon.a, osd.0.</param>
    public string SocketOf(string daemon) => System.IO.Path.Combine(Directory, daemon + ".asok");

    /// <summary>The file's lines; none is empty.</summary>
    public override string ToString()
    {
        int copies = Math.Min(Settings.Osds, 3);
        string tls = Settings.Tls
            ? string.Create(CultureInfo.InvariantCulture, $" ssl_endpoint=127.0.0.1:{GatewayTlsPort} ssl_certificate={CertificatePath}")
            : "";

        // Two settings were measured to matter: the monitor gathers changes for a second by default before it agrees on them (a start
        // then takes 12 s instead of 1.5 s), and without tcp_nodelay every small answer waits for 45 ms.
        // radosgw asks for "secure" by default, which needs keys: without the ms-mode lines it never gets past the monitor.
        // After a daemon was killed the others wait for what it may have promised to its clients: 30 s for watches, 16 s for reads.
        // What is deleted is freed after a minute, not after two hours: the memory store is small.
        return $"""
            [global]
            fsid = {Id}
            mon initial members = a
            mon host = [v2:127.0.0.1:{MonitorPort}]
            ms bind msgr1 = false
            public addr = 127.0.0.1
            cluster addr = 127.0.0.1
            auth cluster required = none
            auth service required = none
            auth client required = none
            ms mon client mode = crc
            ms mon cluster mode = crc
            ms mon service mode = crc
            run dir = {Directory}
            log file = {Directory}/$name.log
            mon cluster log file = {Directory}/cluster.log
            debug rgw = 0
            log to stderr = false
            crash dir = {Directory}/crash
            osd pool default size = {copies}
            osd pool default min size = {Math.Max(1, copies - 1)}
            osd pool default pg num = 2
            osd pool default pgp num = 2
            osd pool default pg autoscale mode = off
            osd crush chooseleaf type = 0
            mon allow pool size one = true
            mon warn on pool no redundancy = false
            mon max pg per osd = 2000
            paxos propose interval = 0.05
            paxos min wait = 0.02
            mon data avail crit = 1
            mon data avail warn = 2
            [mon]
            mon data = {Directory}/mon
            admin socket = {Directory}/$name.asok
            mon allow pool delete = true
            [osd]
            osd data = {Directory}/osd$id
            admin socket = {Directory}/$name.asok
            osd objectstore = {(Settings.IsBluestore ? "bluestore" : "memstore")}
            memstore device bytes = {MemstoreBytes}
            bluestore block size = {BlockBytes}
            bluestore block create = true
            osd memory target = 939524096
            osd client watch timeout = 3
            osd default notify timeout = 3
            osd pool default read lease ratio = 0.2
            osd op num threads per shard = 1
            osd op num shards = 2
            [client]
            rgw frontends = beast endpoint=127.0.0.1:{GatewayPort} tcp_nodelay=1{tls}
            rgw thread pool size = 64
            rgw enable usage log = false
            rgw enable ops log = false
            rgw run sync thread = false
            rgw override bucket index max shards = 1
            rgw dynamic resharding = false
            rgw crypt require ssl = false
            rgw gc obj min wait = 60
            rgw gc processor period = 60
            rgw bucket quota ttl = 0
            {string.Join('\n', Settings.GatewayLines)}
            """;
    }
}
