using System.Text;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Integration.Tests.Fixtures;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

public sealed class FrameTests(PostgresFixture fixture) : IDisposable
{
    private readonly RoundTripScene _scene = new(fixture);

    [Fact]
    public async Task A_large_table_is_cut_at_row_ends_into_frames_that_stand_alone()
    {
        string name = RoundTripScene.NewName("frames");
        await _scene.Server.CreateDatabaseAsync(name);
        await _scene.Server.PsqlAsync(name, """
            CREATE TABLE large AS SELECT i, repeat(md5(i::text), 60) AS v FROM generate_series(1, 21000) i;
            CREATE TABLE wide AS SELECT 1 AS i, repeat(E'\\', 9000000) AS v UNION ALL SELECT 2, repeat('x', 3000000) UNION ALL SELECT 3, 'short';
            CREATE TABLE hollow (id int);
            """);
        BackupRecord backup = await _scene.GoAndComeBackAsync(name);
        DumpIndex index = await _scene.ReadIndexAsync(backup);

        long end = 0;
        foreach (FrameEntry frame in index.Frames)
        {
            Assert.Equal(end, frame.Offset);
            end += frame.Length;
        }

        Assert.Equal(end, index.Backup.Index?.Offset ?? backup.Manifest!.Index!.Offset);
        Dictionary<string, FrameEntry[]> byTable = index.Frames.Where(f => f.Kind == FrameKind.Data)
            .GroupBy(f => index.Tables[f.Table!.Value].Name).ToDictionary(g => g.Key, g => g.ToArray());
        Assert.Equal(3, byTable["large"].Length);
        Assert.Single(byTable["hollow"]);
        foreach ((string table, FrameEntry[] frames) in byTable)
        {
            Assert.Equal(index.Tables.Single(t => t.Name == table).Rows, frames.Sum(f => f.Rows));
            foreach (FrameEntry frame in frames)
                await StandsAloneAsync(backup, frame, table);
        }
    }

    public void Dispose() => _scene.Dispose();

    private async Task StandsAloneAsync(BackupRecord backup, FrameEntry frame, string table)
    {
        string text = Encoding.UTF8.GetString(await _scene.ReadFrameAsync(backup, frame));
        Assert.Equal(frame.RawLength, text.Length);
        string[] lines = text.Split('\n');
        Assert.StartsWith($"COPY public.{table} (", lines[0]);
        Assert.EndsWith(" FROM stdin;", lines[0]);
        Assert.Equal(["\\.", "", ""], lines[^3..]);
        Assert.Equal(frame.Rows, lines.Length - 4);
    }
}
