using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.S3;
using Amazon.SecurityToken;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>
/// The SDK's client, made to do nothing by itself: no retries, no redirects, no checksums the server may not know. Every request runs
/// under a limit of time, is signed anew when it is tried again, and fails with a <see cref="StorageException"/>.
/// </summary>
internal sealed class S3Connection : IDisposable
{
    // A server that never answered is more likely misspelt than just now restarting.
    private static readonly TimeSpan LimitOfFirstContact = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Noticeable = TimeSpan.FromSeconds(15);

    private readonly AmazonS3Client _client;
    private readonly AWSCredentials _credentials;
    private readonly HttpMessageHandler _handler;
    private readonly RetryPolicy _policy;
    private readonly Action<string> _warn;
    private readonly ServerClock _serverClock;
    private readonly Lock _renewing = new();
    private long? _renewed;
    private long _lastNotice;

    private S3Connection(
        AmazonS3Client client, AWSCredentials credentials, S3HttpHandler handler, S3Errors errors, ServerClock serverClock, RetryPolicy policy,
        TimeProvider clock, Action<string> warn)
    {
        _client = client;
        _credentials = credentials;
        _handler = handler;
        Errors = errors;
        _serverClock = serverClock;
        _policy = policy;
        Clock = clock;
        _warn = warn;
    }

    /// <summary>Translates what fails.</summary>
    internal S3Errors Errors { get; }

    /// <summary>Measures and waits.</summary>
    internal TimeProvider Clock { get; }

    /// <summary>Finds credentials and makes the client. Nothing is asked of the server yet.</summary>
    internal static async Task<S3Connection> OpenAsync(
        S3Location location, S3Settings settings, HttpMessageHandler? network, RetryPolicy policy, TimeProvider clock, Action<string> warn,
        CancellationToken cancellationToken)
    {
        settings.Validate();
        CredentialProfile? profile = settings.AccessKey is null ? S3Credentials.FindProfile(settings.Profile) : null;
        var address = S3Address.Of(settings, profile);
        string server = address.ServerName;
        var serverClock = new ServerClock(clock, server, warn);
        var handler = new S3HttpHandler(network ?? S3HttpClientFactory.CreateHandler(address.CaCertificate), serverClock, clock);
        try
        {
            var factory = new S3HttpClientFactory(handler);
            AWSCredentials credentials = await S3Credentials.FindAsync(
                settings, profile, source => new AmazonSecurityTokenServiceClient(source, TokenServiceConfig(address, factory)), clock, cancellationToken)
                .ConfigureAwait(false);
            var client = new AmazonS3Client(credentials, Config(address, factory));
            var errors = new S3Errors(location, server, serverClock, () => handler.BucketRegion);
            return new S3Connection(client, credentials, handler, errors, serverClock, policy, clock, warn);
        }
        catch
        {
            handler.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request, again and again while it fails in a way that may pass.</summary>
    internal Task<T> SendAsync<T>(
        S3Call call, Func<AmazonS3Client, CancellationToken, Task<T>> send, CancellationToken cancellationToken) =>
        SendAsync(call, (client, attempt) => send(client, attempt.Token), cancellationToken);

    /// <summary>As the other; the request tells how it gets on, and knows how it failed before.</summary>
    internal async Task<T> SendAsync<T>(
        S3Call call, Func<AmazonS3Client, S3Attempt, Task<T>> send, CancellationToken cancellationToken)
    {
        Retries retries = StartRetries();
        StorageException? previous = null;
        bool isRenewed = false;
        while (true)
        {
            long begun = Clock.GetTimestamp();
            try
            {
                return await SendOnceAsync(call, send, previous, cancellationToken).ConfigureAwait(false);
            }
            catch (StorageException exception) when (!isRenewed && S3Errors.IsExpired(exception) && Renew(begun))
            {
                isRenewed = true;
            }
            catch (StorageException exception) when (!exception.IsPermanent && S3Errors.CodeOf(exception) != S3Errors.NoSuchUpload)
            {
                // Whether an earlier attempt may have had its effect is what matters; a later one that surely had none does not undo it.
                previous = previous is not null && S3Errors.LeavesEffectOpen(previous) ? previous : exception;
                if (!await WaitAsync(retries, exception, cancellationToken).ConfigureAwait(false))
                    throw;
            }
        }
    }

    /// <summary>Sends a request once.</summary>
    internal async Task<T> SendOnceAsync<T>(
        S3Call call, Func<AmazonS3Client, S3Attempt, Task<T>> send, StorageException? previous, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var timeout = new ProgressTimeout(Clock, call.Limit, cancellationToken);
        try
        {
            return await send(_client, new S3Attempt(timeout, previous)).ConfigureAwait(false);
        }
        catch (Exception exception) when (S3Errors.IsFailure(exception))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Errors.Translate(call, exception, timeout.HasExpired);
        }
    }

    /// <summary>Begins to count failures.</summary>
    internal Retries StartRetries() => _policy.Start(Clock);

    /// <summary>Waits before the next attempt, and says so when it takes long.</summary>
    /// <returns>False when the failure is final.</returns>
    internal async Task<bool> WaitAsync(Retries retries, StorageException exception, CancellationToken cancellationToken)
    {
        TimeSpan? limit = _serverClock.HasAnswered ? null : LimitOfFirstContact;
        if (!await retries.WaitAsync(limit, cancellationToken).ConfigureAwait(false))
            return false;

        // At first contact the error itself comes before anybody wonders.
        if (limit is null && retries.FailingFor > Noticeable && TakeNotice())
            _warn($"{exception.Message} It is tried again for {_policy.TotalTime.TotalMinutes:0} minutes.");
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        (_credentials as IDisposable)?.Dispose();
        _handler.Dispose();
    }

    /// <summary>Forgets temporary keys that were taken back before their time, so that the next attempt fetches others.</summary>
    /// <param name="begun">When the attempt began that was refused.</param>
    /// <returns>False where there are no others to be had.</returns>
    private bool Renew(long begun)
    {
        if (_credentials is not RefreshingAWSCredentials credentials)
            return false;
        lock (_renewing)
        {
            // Many parts fail at once: what was fetched since is new already.
            if (_renewed is null || begun > _renewed)
            {
                credentials.ClearCredentials();
                _renewed = Clock.GetTimestamp();
            }
        }

        return true;
    }

    // Many parts fail at once, and for one reason.
    private bool TakeNotice()
    {
        long last = Interlocked.Read(ref _lastNotice);
        long now = Clock.GetTimestamp();
        return (last == 0 || Clock.GetElapsedTime(last, now) > TimeSpan.FromMinutes(1))
            && Interlocked.CompareExchange(ref _lastNotice, now, last) == last;
    }

    private static AmazonS3Config Config(S3Address address, S3HttpClientFactory factory)
    {
        var config = new AmazonS3Config
        {
            ForcePathStyle = address.PathStyle,
            // Checksums in trailers are refused by some servers. Content-MD5 and the signed SHA-256 of the content are known to all.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        Restrain(config, address, factory);
        if (address.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint;
            config.AuthenticationRegion = address.Region;
        }

        return config;
    }

    private static AmazonSecurityTokenServiceConfig TokenServiceConfig(S3Address address, S3HttpClientFactory factory)
    {
        var config = new AmazonSecurityTokenServiceConfig();
        Restrain(config, address, factory);
        if (address.TokenServiceEndpoint is { } endpoint)
        {
            config.ServiceURL = endpoint;
            config.AuthenticationRegion = address.Region;
        }

        // Nobody else tries again, and the request has no content worth a limit of its own.
        config.MaxErrorRetry = 2;
        return config;
    }

    private static void Restrain(ClientConfig config, S3Address address, S3HttpClientFactory factory)
    {
        config.RegionEndpoint = RegionEndpoint.GetBySystemName(address.Region);
        config.HttpClientFactory = factory;
        config.MaxErrorRetry = 0;
        config.MaxStaleConnectionRetries = 0;
        config.ThrottleRetries = false;
        config.AllowAutoRedirect = false;
        config.DisableLogging = true;
        // A wrong clock is reported, not worked around: times of backups are made with it.
        config.DisableClockSkewCorrection = true;
        config.IgnoreConfiguredEndpointUrls = true;
        config.BufferSize = 128 * 1024;
    }
}
