using System.Security.Cryptography;
using InMidst.Backup.Integration.Tests.Processes;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.Fixtures;

public sealed class S3ThreeOsdsTests
{
    [Fact]
    public async Task A_killed_storage_daemon_is_not_missed_and_comes_back_and_so_does_everything()
    {
        await using S3Server server = await S3Server.StartAsync(new S3ServerSettings { Osds = 3 });
        string bucket = await server.CreateBucketAsync();
        byte[] content = RandomNumberGenerator.GetBytes(1_000_000);
        await server.PutObjectAsync(bucket, "before", content);

        int killed = server.Processes[2];
        await server.KillOsdAsync(0);
        Assert.False(ProcessTable.Runs(killed));
        await server.PutObjectAsync(bucket, "meanwhile", content);
        Assert.Equal(content, await server.GetObjectAsync(bucket, "before"));
        await server.StartOsdAsync(0);
        Assert.True(ProcessTable.Runs(server.Processes[2]));

        await server.KillAllAsync();
        Assert.DoesNotContain(server.Processes, ProcessTable.Runs);
        await server.ResumeAsync();
        await server.UntilWritableAsync();
        Assert.Equal(["before", "meanwhile"], (await server.ListAsync(bucket)).Select(entry => entry.Key));
        Assert.Equal(content, await server.GetObjectAsync(bucket, "before"));
        Assert.Equal(content, await server.GetObjectAsync(bucket, "meanwhile"));
    }
}
