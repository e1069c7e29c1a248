using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace InMidst.Backup.Testing;

/// <summary>
/// A real S3 server of its own: a Ceph RADOS Gateway with a monitor and its storage daemons, on free loopback ports, everything in a
/// temporary directory. It shares no code with the product and is asked with plain HTTP. It and its directory are gone after
/// disposal, and also when the test process is killed.
/// </summary>
public sealed partial class S3Server : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    private readonly S3Watcher _watcher;
    private readonly CephConfiguration _configuration;
    private readonly Guid[] _osdIds;
    private readonly int[] _osds;
    private readonly HttpClient _http;
    private int _monitor, _gateway;

    private S3Server(S3Watcher watcher, S3ServerSettings settings)
    {
        _watcher = watcher;
        _configuration = new CephConfiguration(watcher.Directory, settings);
        _osds = new int[settings.Osds];
        _osdIds = [.. _osds.Select(_ => Guid.NewGuid())];
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
    }

    /// <summary>Where it answers HTTP: path style, any region.</summary>
    public Uri Endpoint => new($"http://127.0.0.1:{_configuration.GatewayPort}");

    /// <summary>Where it answers HTTPS, if <see cref="S3ServerSettings.Tls"/> was asked for.</summary>
    public Uri TlsEndpoint => new($"https://127.0.0.1:{_configuration.GatewayTlsPort}");

    /// <summary>The PEM file of the certificate behind <see cref="TlsEndpoint"/>, which signed itself.</summary>
    public string CertificateFile { get; private set; } = "";

    /// <summary>The first user's access key.</summary>
    public string AccessKey { get; private set; } = "";

    /// <summary>The first user's secret key.</summary>
    public string SecretKey { get; private set; } = "";

    /// <summary>How many storage daemons there are, dead or alive.</summary>
    public int Osds => _osds.Length;

    /// <summary>Everything the server has.</summary>
    public string Directory => _watcher.Directory;

    /// <summary>The processes: the monitor, the gateway, the storage daemons.</summary>
    public IReadOnlyList<int> Processes => [_monitor, _gateway, .. _osds];

    /// <summary>Makes a cluster and starts it; comes back when it answers.</summary>
    /// <param name="settings">What kind; without, one storage daemon in memory.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="S3ServerException">No programs, or a daemon does not start; the message says which and holds its log.</exception>
    public static async Task<S3Server> StartAsync(S3ServerSettings? settings = null, CancellationToken cancellationToken = default)
    {
        const int Attempts = 3;
        CephPrograms.Require();
        for (int attempt = 1; ; attempt++)
        {
            var server = new S3Server(await S3Watcher.StartAsync(), settings ?? new S3ServerSettings());
            try
            {
                await server.InitialiseAsync(cancellationToken);
                return server;
            }
            catch (S3ServerException e) when (attempt < Attempts && e.Message.Contains("Address already in use", StringComparison.Ordinal))
            {
                // Between our look and the server's start another process has taken a port.
                await server.DisposeAsync();
            }
            catch
            {
                await server.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Kills a storage daemon with SIGKILL, as a crash would, and waits until it is gone.</summary>
    /// <param name="index">Its number, from 0.</param>
    public async Task KillOsdAsync(int index) => await KillAsync(_osds[index]);

    /// <summary>Starts a killed storage daemon again from its disk; comes back when it has its place in the cluster.</summary>
    /// <param name="index">Its number, from 0.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task StartOsdAsync(int index, CancellationToken cancellationToken = default)
    {
        if (!_configuration.Settings.IsBluestore)
            throw new InvalidOperationException("A storage daemon that keeps its bytes in memory has lost them when it is killed.");
        _osds[index] = await LaunchOsdAsync(index);
        await UntilActiveAsync(index, cancellationToken);
    }

    /// <summary>Kills the monitor, the gateway and all storage daemons with SIGKILL, as a power cut would.</summary>
    public async Task KillAllAsync()
    {
        foreach (int process in Processes)
            await _watcher.SignalAsync(process, "KILL");
        foreach (int process in Processes)
            await _watcher.WaitAsync(process);
    }

    /// <summary>Starts everything again on the same ports from its disks, after <see cref="KillAllAsync"/>; comes back when it answers.</summary>
    public async Task ResumeAsync(CancellationToken cancellationToken = default)
    {
        await LaunchMonitorAsync();
        for (int index = 0; index < Osds; index++)
            _osds[index] = await LaunchOsdAsync(index);
        for (int index = 0; index < Osds; index++)
            await UntilActiveAsync(index, cancellationToken);
        await LaunchGatewayAsync();
        await UntilAnsweringAsync(cancellationToken);
    }

    /// <summary>Kills the gateway: its port refuses connections.</summary>
    public Task KillGatewayAsync() => KillAsync(_gateway);

    /// <summary>Starts the gateway again after <see cref="KillGatewayAsync"/>; comes back when it answers.</summary>
    public async Task StartGatewayAsync(CancellationToken cancellationToken = default)
    {
        await LaunchGatewayAsync();
        await UntilAnsweringAsync(cancellationToken);
    }

    /// <summary>Kills the server and removes everything it had.</summary>
    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _watcher.DisposeAsync();
    }

    private async Task KillAsync(int process)
    {
        await _watcher.SignalAsync(process, "KILL");
        await _watcher.WaitAsync(process);
    }

    private async Task InitialiseAsync(CancellationToken cancellationToken)
    {
        await _watcher.WriteAsync("ceph.conf", _configuration.ToString());
        if (_configuration.Settings.Tls)
            await MakeCertificateAsync();

        string map = Path.Combine(Directory, "monmap");
        await _watcher.RunAsync("monmaptool",
            $"monmaptool --create --fsid {_configuration.Id} --addv a [v2:127.0.0.1:{_configuration.MonitorPort}] {map}");
        await _watcher.RunAsync("mon-mkfs", $"ceph-mon --mkfs -i a --monmap {map} {Configured}");
        await LaunchMonitorAsync();
        await MakeOsdsAsync();
        for (int index = 0; index < Osds; index++)
            _osds[index] = await LaunchOsdAsync(index);
        await LaunchGatewayAsync();
        await UntilAnsweringAsync(cancellationToken);
        (AccessKey, SecretKey) = await CreateUserAsync("owner");
    }

    private string Configured => $"-c {_configuration.Path}";

    // Side by side: on disk each takes more than a second.
    private async Task MakeOsdsAsync()
    {
        var makers = new List<int>();
        for (int index = 0; index < Osds; index++)
        {
            await _watcher.RunAsync($"osd{index}-directory", $"mkdir {Path.Combine(Directory, $"osd{index}")}");
            makers.Add(await _watcher.StartAsync($"osd{index}-mkfs",
                $"timeout 60 ceph-osd --mkfs -i {index} --osd-uuid {_osdIds[index]} {Configured}"));
        }

        for (int index = 0; index < Osds; index++)
            await _watcher.RunAsync($"osd{index}-new", $"ceph {Configured} osd new {_osdIds[index]}");
        for (int index = 0; index < Osds; index++)
        {
            if (await _watcher.WaitAsync(makers[index]) is not 0 and int status)
                throw new S3ServerException($"The store of OSD {index} was not made ({status}): {_watcher.ReadLog($"osd{index}-mkfs.err")}");
        }
    }

    private async Task LaunchMonitorAsync() => _monitor = await _watcher.StartAsync("mon", $"ceph-mon -f -i a {Configured}");

    private Task<int> LaunchOsdAsync(int index) => _watcher.StartAsync($"osd{index}", $"ceph-osd -f -i {index} {Configured}");

    private async Task LaunchGatewayAsync() => _gateway = await _watcher.StartAsync("gateway", $"radosgw -f -n client.rgw {Configured}");

    private Task UntilActiveAsync(int index, CancellationToken cancellationToken) => UntilAsync($"osd{index}", _osds[index], async () =>
        await CephSocket.AskAsync(_configuration.SocketOf($"osd.{index}"), "status", cancellationToken) is { } status
        && status.TryGetProperty("state", out var state) && state.GetString() == "active", cancellationToken);

    private Task UntilAnsweringAsync(CancellationToken cancellationToken) => UntilAsync("gateway", _gateway, async () =>
    {
        try
        {
            using HttpResponseMessage answer = await _http.GetAsync(Endpoint, cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }, cancellationToken);

    private async Task UntilAsync(string daemon, int process, Func<Task<bool>> answers, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await answers())
        {
            if (HasEnded(process))
                throw new S3ServerException($"{daemon} has ended before it answered: {Logs(daemon)}");
            if (HasEnded(_monitor))
                throw new S3ServerException($"The monitor has ended before {daemon} answered: {Logs("mon")}");
            if (clock.Elapsed > StartLimit)
                throw new S3ServerException($"{daemon} does not answer for {StartLimit.TotalSeconds} seconds: {Logs(daemon)}{Logs("mon")}");
            await ticks.WaitForNextTickAsync(cancellationToken);
        }
    }

    // An ended child of the shell stays in the table until the shell waits for it.
    private static bool HasEnded(int process)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[stat.LastIndexOf(')') + 2] is 'Z' or 'X';
        }
        catch (IOException)
        {
            return true;
        }
    }

    private string Logs(string name) => _watcher.ReadLog(name + ".err") + _watcher.ReadLog(name + ".out") + LastLines(_watcher.ReadLog(LogOf(name)));

    private static string LogOf(string name) => name switch
    {
        "mon" => "mon.a.log",
        "gateway" => "client.rgw.log",
        _ => $"osd.{name[3..]}.log",
    };

    private static string LastLines(string log) => string.Join('\n', log.Split('\n').TakeLast(20));

    private async Task MakeCertificateAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await _watcher.WriteAsync("gateway.pem", key.ExportPkcs8PrivateKeyPem() + "\n" + certificate.ExportCertificatePem());
        await _watcher.WriteAsync("gateway.crt", certificate.ExportCertificatePem());
        CertificateFile = Path.Combine(Directory, "gateway.crt");
    }
}
