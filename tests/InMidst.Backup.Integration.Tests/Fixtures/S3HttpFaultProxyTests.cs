using System.Net;
using System.Security.Cryptography;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.Fixtures;

public sealed class S3HttpFaultProxyTests(S3Fixture fixture) : IAsyncLifetime
{
    private const string Key = "object";

    private readonly byte[] _content = RandomNumberGenerator.GetBytes(1_000_000);
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromMinutes(1) };
    private S3Server _server = null!;
    private HttpFaultProxy _proxy = null!;
    private string _bucket = "";

    public async ValueTask InitializeAsync()
    {
        _server = await fixture.ServerAsync();
        _bucket = await fixture.NewBucketAsync();
        _proxy = HttpFaultProxy.Start(_server.Endpoint);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _proxy.DisposeAsync();
    }

    [Fact]
    public async Task Without_a_fault_everything_passes_signatures_included()
    {
        Assert.Equal(HttpStatusCode.OK, await PutAsync());
        Assert.Equal(HttpStatusCode.OK, await PutAsync(expectContinue: true));
        Assert.Equal(_content, await GetAsync());
        using HttpResponseMessage head = await SendAsync(HttpMethod.Head, Key);
        Assert.Equal(_content.Length, head.Content.Headers.ContentLength);
        using HttpResponseMessage list = await SendAsync(HttpMethod.Get, "");
        Assert.Contains(Key, await list.Content.ReadAsStringAsync());
        Assert.Equal(["PUT", "PUT", "GET", "HEAD", "GET"], _proxy.Requests.Select(request => request.Method));
        Assert.Equal(1_000_000, _proxy.Requests.First().ContentLength);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_refuses_in_the_servers_place_as_often_as_it_is_told(bool expectContinue)
    {
        using InjectedFault fault = _proxy.Inject(HttpFault.SlowDown, request => request.Method == "PUT", times: 2);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await PutAsync(expectContinue));
        Assert.True(fault.FirstHit.IsCompleted);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await PutAsync(expectContinue));
        Assert.Null(await _server.HeadObjectAsync(_bucket, Key));
        Assert.Equal(HttpStatusCode.OK, await PutAsync(expectContinue));
        Assert.Equal(2, fault.Hits);
        Assert.Equal(_content, await _server.GetObjectAsync(_bucket, Key));
    }

    [Fact]
    public async Task A_fault_lasts_until_it_is_taken_away()
    {
        using (_proxy.Inject(HttpFault.InternalError))
        {
            using HttpResponseMessage refused = await SendAsync(HttpMethod.Get, "");
            Assert.Contains("<Code>InternalError</Code>", await refused.Content.ReadAsStringAsync());
        }

        using HttpResponseMessage list = await SendAsync(HttpMethod.Get, "");
        Assert.Equal(HttpStatusCode.OK, list.StatusCode);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(300_000)]
    public async Task A_request_that_is_cut_leaves_no_object(long after)
    {
        _proxy.Inject(HttpFault.CutRequestAfter(after), times: 1);
        await Assert.ThrowsAsync<HttpRequestException>(() => PutAsync());
        Assert.Null(await _server.HeadObjectAsync(_bucket, Key));
        Assert.Equal(HttpStatusCode.OK, await PutAsync());
    }

    [Fact]
    public async Task An_answer_that_is_cut_ends_with_an_error_after_its_first_bytes()
    {
        await PutAsync();
        _proxy.Inject(HttpFault.CutResponseAfter(400_000), times: 1);
        await Assert.ThrowsAsync<HttpRequestException>(GetAsync);
        Assert.Equal(_content, await GetAsync());
    }

    [Fact]
    public async Task A_lost_answer_is_that_of_a_request_that_was_done()
    {
        _proxy.Inject(HttpFault.LoseAnswer, times: 1);
        await Assert.ThrowsAsync<HttpRequestException>(() => PutAsync());
        Assert.Equal(_content, await _server.GetObjectAsync(_bucket, Key));
    }

    [Fact]
    public async Task An_answer_that_is_held_is_that_of_a_request_that_was_done()
    {
        InjectedFault held = _proxy.Inject(HttpFault.HoldAnswer, times: 1);
        Task<HttpStatusCode> putting = PutAsync();
        await held.HappensToAsync(putting);
        Assert.Equal(_content, await _server.GetObjectAsync(_bucket, Key));
        Assert.False(putting.IsCompleted);
        held.Dispose();
        Assert.Equal(HttpStatusCode.OK, await putting);
    }

    [Fact]
    public async Task What_stalls_goes_on_when_the_fault_is_taken_away()
    {
        InjectedFault request = _proxy.Inject(HttpFault.StallRequestAfter(500_000), times: 1);
        Task<HttpStatusCode> putting = PutAsync();
        await request.HappensToAsync(putting);
        Assert.False(putting.IsCompleted);
        request.Dispose();
        Assert.Equal(HttpStatusCode.OK, await putting);

        InjectedFault answer = _proxy.Inject(HttpFault.StallResponseAfter(500_000), times: 1);
        Task<byte[]> getting = GetAsync();
        await answer.HappensToAsync(getting);
        Assert.False(getting.IsCompleted);
        answer.Dispose();
        Assert.Equal(_content, await getting);
    }

    [Fact]
    public async Task A_flipped_bit_is_one_bit()
    {
        await PutAsync();
        _proxy.Inject(HttpFault.FlipResponseBit(999_999), times: 1);
        byte[] got = await GetAsync();
        Assert.Equal(_content[999_999] ^ 1, got[999_999]);
        Assert.Equal(_content[..999_999], got[..999_999]);
    }

    [Fact]
    public async Task Where_it_refuses_nobody_listens_until_it_accepts_again()
    {
        await PutAsync();
        await _proxy.RefuseAsync();
        HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(GetAsync);
        Assert.Equal(HttpRequestError.ConnectionError, refused.HttpRequestError);
        _proxy.Accept();
        Assert.Equal(_content, await GetAsync());
    }

    [Fact]
    public async Task The_servers_clock_can_seem_to_be_wrong()
    {
        _proxy.DateShift = TimeSpan.FromHours(1);
        using HttpResponseMessage list = await SendAsync(HttpMethod.Get, "");
        Assert.InRange(list.Headers.Date!.Value - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(55), TimeSpan.FromMinutes(65));
    }

    private async Task<HttpStatusCode> PutAsync(bool expectContinue = false)
    {
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Put, Key, _content, expectContinue);
        return answer.StatusCode;
    }

    private async Task<byte[]> GetAsync()
    {
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Get, Key);
        return await answer.Content.ReadAsByteArrayAsync();
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string key, byte[]? body = null, bool expectContinue = false)
    {
        using HttpRequestMessage message = new S3Request(method, _bucket) { Key = key, Body = body ?? [] }
            .Sign(_proxy.Endpoint, _server.AccessKey, _server.SecretKey, DateTimeOffset.UtcNow);
        message.Headers.ExpectContinue = expectContinue;
        return await _http.SendAsync(message);
    }
}
