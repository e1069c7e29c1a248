using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Dump;

namespace InMidst.Backup.Postgres.Tests.Dump;

public sealed class TocOrderTests
{
    [Theory]
    [InlineData("ACL LANGUAGE", "LANGUAGE plpgsql", FrameKind.Privileges)]
    [InlineData("DEFAULT ACL", "DEFAULT PRIVILEGES FOR TABLES", FrameKind.Privileges)]
    [InlineData("SUBSCRIPTION", "sub", FrameKind.Policies)]
    [InlineData("SUBSCRIPTION TABLE", "sub t", FrameKind.Policies)]
    [InlineData("PUBLICATION TABLES IN SCHEMA", "pub s", FrameKind.Policies)]
    [InlineData("CHECK CONSTRAINT", "t positive", FrameKind.IndexesAndConstraints)]
    [InlineData("SECURITY LABEL", "EVENT TRIGGER watch", FrameKind.EventTriggers)]
    [InlineData("COMMENT", "EVENT TRIGGER watch", FrameKind.EventTriggers)]
    [InlineData("SOMETHING NEW", "x", FrameKind.IndexesAndConstraints)]
    public void A_type_decides_the_frame(string type, string name, FrameKind expected)
    {
        Assert.Equal(expected, TocOrder.Frame(type, name, FrameKind.IndexesAndConstraints, FrameKind.IndexesAndConstraints));
    }

    [Theory]
    [InlineData(FrameKind.ForeignKeys, FrameKind.ForeignKeys)]
    [InlineData(FrameKind.Policies, FrameKind.Policies)]
    [InlineData(FrameKind.IndexesAndConstraints, FrameKind.IndexesAndConstraints)]
    [InlineData(FrameKind.Privileges, FrameKind.IndexesAndConstraints)]
    public void A_comment_follows_what_it_is_about(FrameKind previous, FrameKind expected)
    {
        Assert.Equal(expected, TocOrder.Frame("COMMENT", "CONSTRAINT c ON t", FrameKind.IndexesAndConstraints, previous));
        Assert.Equal(expected, TocOrder.Frame("SECURITY LABEL", "CONSTRAINT c ON t", FrameKind.IndexesAndConstraints, previous));
    }
}
