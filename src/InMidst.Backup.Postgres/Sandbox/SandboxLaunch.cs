using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Processes;
using InMidst.Backup.Postgres.Installations;

namespace InMidst.Backup.Postgres.Sandbox;

/// <summary>Makes one sandbox: directory, cluster, settings, start. What fails or is cancelled on the way leaves nothing behind.</summary>
internal sealed class SandboxLaunch
{
    private const int SocketPort = 5432;

    // sockaddr_un holds 104 bytes on macOS and 108 on Linux, with a terminating zero.
    private const int SocketPathLimit = 100;
    private const int PortAttempts = 5;
    private const string PasswordCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private static readonly TimeSpan ProgramLimit = TimeSpan.FromSeconds(90);

    private readonly SandboxOptions _options;
    private readonly IProgress<string>? _progress;
    private readonly PostgresInstallation _installation;
    private readonly SandboxAccount _account;
    private readonly SandboxDirectory _directory;
    private readonly string _password = RandomNumberGenerator.GetString(PasswordCharacters, 32);
    private SandboxRecord _record;
    private SandboxKeeper? _keeper;

    private SandboxLaunch(
        SandboxOptions options, IProgress<string>? progress, PostgresInstallation installation, SandboxAccount account,
        SandboxDirectory directory)
    {
        (_options, _progress, _installation, _account, _directory) = (options, progress, installation, account, directory);
        _record = new SandboxRecord
        {
            Id = directory.Id,
            Major = installation.Major,
            Version = installation.Version,
            BinDirectory = installation.BinDirectory,
            RunAs = account.UserName,
            Started = options.TimeProvider.GetUtcNow(),
            Owner = ProcessIdentity.Current,
        };
    }

    public static async Task<SandboxServer> RunAsync(
        SandboxOptions options, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        SandboxAccount account = await SandboxAccount.ResolveAsync(options.RunAs, cancellationToken).ConfigureAwait(false);
        PostgresInstallation installation = await PostgresInstallations
            .ForServerAsync(options.MinimumMajor, options.BinDirectories, cancellationToken).ConfigureAwait(false);
        // Refuses impossible settings before anything is made.
        _ = SandboxSettings.Text(options, null);
        SandboxRoot root = await SandboxRoot.CreateAsync(options.RootDirectory, cancellationToken).ConfigureAwait(false);
        await SandboxRegistry.RemoveStaleAsync(root, cancellationToken).ConfigureAwait(false);

        var launch = new SandboxLaunch(options, progress, installation, account, root.Add());
        try
        {
            return await launch.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await launch.DiscardAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<SandboxServer> StartAsync(CancellationToken cancellationToken)
    {
        _directory.WriteRecord(_record);
        _keeper = SandboxKeeper.Start(_directory, _account, _installation);
        _record = _record with { Keepers = _keeper.Identities };
        _directory.WriteRecord(_record);

        _progress?.Report($"Making a PostgreSQL {_installation.Version} cluster");
        await MakeServerDirectoryAsync(cancellationToken).ConfigureAwait(false);
        await MakeClusterAsync(cancellationToken).ConfigureAwait(false);

        _progress?.Report($"Starting PostgreSQL {_installation.Version}");
        bool socket = CanUseSocket();
        await AppendSettingsAsync(SandboxSettings.Text(_options, socket ? _directory.Server : null), cancellationToken).ConfigureAwait(false);
        int port = socket
            ? await StartOnSocketAsync(cancellationToken).ConfigureAwait(false)
            : await StartOnLoopbackAsync(cancellationToken).ConfigureAwait(false);

        int processId = Postmaster.Find(_directory.Data) ?? throw Failed("The sandbox server ended right after its start.");
        _record = _record with { HostName = socket ? _directory.Server : "127.0.0.1", Port = port, Ready = true };
        _directory.WriteRecord(_record);
        return new SandboxServer(_directory, _record, _password, processId, _keeper);
    }

    private bool CanUseSocket() => !OperatingSystem.IsWindows()
        && Encoding.UTF8.GetByteCount(Path.Combine(_directory.Server, $".s.PGSQL.{SocketPort}")) < SocketPathLimit;

    private async Task MakeServerDirectoryAsync(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(_directory.Server);
            return;
        }
        Directory.CreateDirectory(_directory.Server, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (_account.UserName is not null)
            await UnixShell.RunAsync("chown -- \"$1\" \"$2\"", [_account.UserName, _directory.Server], cancellationToken).ConfigureAwait(false);
    }

    private async Task MakeClusterAsync(CancellationToken cancellationToken)
    {
        string passwordFile = Path.Combine(_directory.Server, "password");
        List<string> arguments =
        [
            "--pgdata", _directory.Data,
            "--username", _record.UserName,
            "--auth", "scram-sha-256",
            "--pwfile", passwordFile,
            "--locale", _options.Locale,
            "--encoding", _options.Encoding,
            "--no-sync",
        ];
        // Known since version 14.
        if (_installation.Major >= 14)
            arguments.Add("--no-instructions");
        // On by default since version 18, which is when the option came. A proof compares what it reads anyway.
        if (_installation.Major >= 18 && _options.ForProof)
            arguments.Add("--no-data-checksums");

        await _account.AppendAsync(passwordFile, _password + "\n", cancellationToken).ConfigureAwait(false);
        try
        {
            ChildOutput output = await RunAsync("initdb", arguments, cancellationToken).ConfigureAwait(false);
            if (output.Code != 0)
                throw Failed($"initdb {_installation.Version} could not make a cluster: {output.StandardErrorTail}");
        }
        finally
        {
            File.Delete(passwordFile);
        }
    }

    private async Task<int> StartOnSocketAsync(CancellationToken cancellationToken)
    {
        await AppendSettingsAsync(SandboxSettings.Port(SocketPort), cancellationToken).ConfigureAwait(false);
        ChildOutput output = await StartServerAsync(cancellationToken).ConfigureAwait(false);
        return output.Code == 0 ? SocketPort : throw NotStarted(output);
    }

    private async Task<int> StartOnLoopbackAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            int port = FreePort();
            await AppendSettingsAsync(SandboxSettings.Port(port), cancellationToken).ConfigureAwait(false);
            ChildOutput output = await StartServerAsync(cancellationToken).ConfigureAwait(false);
            if (output.Code == 0)
                return port;
            // Between our look and the server's somebody else may have taken the port.
            bool taken = _directory.LogTail().Contains("could not bind", StringComparison.Ordinal);
            if (!taken || attempt == PortAttempts)
                throw NotStarted(output);
        }
    }

    private Task AppendSettingsAsync(string text, CancellationToken cancellationToken) =>
        _account.AppendAsync(Path.Combine(_directory.Data, "postgresql.conf"), text, cancellationToken);

    private Task<ChildOutput> StartServerAsync(CancellationToken cancellationToken) =>
        RunAsync("pg_ctl", ["start", "-w", "-s", "-t", "60", "-D", _directory.Data, "-l", _directory.Log], cancellationToken);

    private async Task<ChildOutput> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        try
        {
            return await ChildProcess.RunAsync(
                _account.Program(_installation.Program(program), arguments), ProgramLimit, Started, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is Win32Exception or TimeoutException)
        {
            throw Failed($"{program} {_installation.Version} could not be run: {e.Message}", e);
        }

        Task Started(ChildProcess child)
        {
            _keeper?.Adopt(child);
            return Task.CompletedTask;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private BackupException NotStarted(ChildOutput output)
    {
        string log = _directory.LogTail();
        return Failed($"PostgreSQL {_installation.Version} did not start: {(log.Length > 0 ? log : output.StandardErrorTail)}");
    }

    private BackupException Failed(string message, Exception? cause = null) =>
        new(ErrorIds.SandboxFailed, message, cause, target: _directory.Path);

    private async Task DiscardAsync()
    {
        if (_keeper is not null)
            await _keeper.ReleaseAsync(orderly: false).ConfigureAwait(false);
        if (Directory.Exists(_directory.Path))
            await SandboxRegistry.RemoveAsync(_directory, _record, CancellationToken.None).ConfigureAwait(false);
    }
}
