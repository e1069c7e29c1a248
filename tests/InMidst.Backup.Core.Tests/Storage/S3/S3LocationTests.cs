using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;

namespace InMidst.Backup.Core.Tests.Storage.S3;

public sealed class S3LocationTests
{
    [Theory]
    [InlineData("s3://bucket", "bucket", "", "s3://bucket")]
    [InlineData("s3://bucket/", "bucket", "", "s3://bucket")]
    [InlineData("S3://my.bucket-1/backups/", "my.bucket-1", "backups", "s3://my.bucket-1/backups")]
    [InlineData("s3://bucket/a/b c/ü%20+", "bucket", "a/b c/ü%20+", "s3://bucket/a/b c/ü%20+")]
    public void A_location_is_read_literally(string text, string bucket, string prefix, string written)
    {
        Assert.True(S3Location.IsS3(text));
        S3Location location = S3Location.Parse(text);
        Assert.Equal(new S3Location(bucket, prefix), location);
        Assert.Equal(written, location.ToString());
        Assert.Equal(location, S3Location.Parse(written));
    }

    [Theory]
    [InlineData("s3://")]
    [InlineData("s3:///prefix")]
    [InlineData("s3://ab")]
    [InlineData("s3://buck et/x")]
    [InlineData("s3://key:secret@bucket/x")]
    [InlineData("s3://bucket//x")]
    [InlineData("s3://bucket/a/../b")]
    [InlineData("s3://bucket/./b")]
    [InlineData("https://bucket.s3.amazonaws.com/x")]
    [InlineData("./backups")]
    public void What_cannot_be_meant_is_refused(string text)
    {
        StorageException exception = Assert.Throws<StorageException>(() => S3Location.Parse(text));
        Assert.Equal(ErrorIds.InvalidArgument, exception.Id);
    }

    [Fact]
    public void A_key_has_1024_bytes_at_most() =>
        Assert.Throws<StorageException>(() => S3Location.Parse("s3://bucket/" + new string('ü', 513)));

    [Fact]
    public void Settings_that_contradict_each_other_are_refused()
    {
        var whole = new S3Settings();
        whole.Validate();
        S3Settings[] wrong =
        [
            whole with { PartLength = S3Settings.SmallestPartLength - 1 },
            whole with { PartLength = S3Settings.LargestPartLength + 1 },
            whole with { MaximumParts = 0 },
            whole with { Concurrency = 0 },
            whole with { AccessKey = "a" },
            whole with { SecretKey = "a" },
            whole with { SessionToken = "a" },
            whole with { AccessKey = "a", SecretKey = "b", Profile = "c" },
            whole with { LockMode = S3LockMode.Compliance },
            whole with { LockUntil = DateTimeOffset.UnixEpoch },
            whole with { KmsKeyId = "a" },
            whole with { Endpoint = "localhost:9000" },
            whole with { Endpoint = "http://user:password@host" },
            whole with { Tags = Enumerable.Range(0, 11).ToDictionary(i => $"{i}", i => "") },
        ];
        Assert.All(wrong, settings => Assert.Equal(ErrorIds.InvalidArgument, Assert.Throws<StorageException>(settings.Validate).Id));
    }

    [Fact]
    public void Settings_print_no_secret()
    {
        string text = new S3Settings { AccessKey = "AKIA", SecretKey = "very-secret", SessionToken = "token-secret", Profile = "p" }.ToString();
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.DoesNotContain("AKIA", text, StringComparison.Ordinal);
        Assert.Contains("Profile = p", text, StringComparison.Ordinal);
    }
}
