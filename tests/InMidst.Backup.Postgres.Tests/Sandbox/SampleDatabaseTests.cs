using System.Text.RegularExpressions;
using InMidst.Backup.Postgres.Sandbox.SampleData;

namespace InMidst.Backup.Postgres.Tests.Sandbox;

public sealed partial class SampleDatabaseTests
{
    [Fact]
    public void Every_step_says_what_it_makes_and_makes_something()
    {
        var steps = SampleDatabase.Steps(18, 1);

        Assert.True(steps.Count > 10);
        Assert.All(steps, step => Assert.NotEmpty(step.Description));
        Assert.All(steps, step => Assert.Matches(@"\b(CREATE|INSERT|COMMENT|ALTER)\b", step.Sql));
        Assert.Equal(steps.Count, steps.Select(step => step.Description).Distinct().Count());
    }

    [Theory]
    [InlineData(14)]
    [InlineData(15)]
    [InlineData(18)]
    public void The_same_question_gets_the_same_answer(int major) =>
        Assert.Equal(SampleDatabase.Steps(major, 0.5), SampleDatabase.Steps(major, 0.5));

    [Fact]
    public void Every_placeholder_is_filled() =>
        Assert.All(SampleDatabase.Steps(18, 1), step => Assert.DoesNotMatch(@"\{\{[a-z_]+\}\}", step.Sql));

    [Fact]
    public void Nothing_depends_on_chance_or_on_the_clock() =>
        Assert.All(SampleDatabase.Steps(18, 1), step => Assert.DoesNotMatch(
            @"(?i)\b(random|random_normal|now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|gen_random_uuid|uuidv7)\s*\("
            + @"|\b(CURRENT_TIMESTAMP|CURRENT_DATE|CURRENT_TIME|LOCALTIMESTAMP|LOCALTIME)\b"
            + @"|'(now|today|yesterday|tomorrow)'",
            step.Sql));

    [Fact]
    public void No_step_needs_psql_or_refuses_a_transaction() =>
        Assert.All(SampleDatabase.Steps(18, 1), step =>
        {
            var statements = Quoted().Replace(step.Sql, "?");
            Assert.DoesNotContain('\\', statements);
            Assert.DoesNotContain('$', statements);
            Assert.DoesNotMatch(@"(?im)^\s*(COPY|VACUUM|BEGIN|START|COMMIT|END\s*;|ROLLBACK|CREATE\s+DATABASE|ALTER\s+SYSTEM)(?!\w)", statements);
            Assert.DoesNotMatch(@"(?i)\bCONCURRENTLY\b", statements);
        });

    [Fact]
    public void No_line_within_a_string_looks_like_a_psql_command_either() =>
        Assert.All(SampleDatabase.Steps(18, 1), step => Assert.DoesNotMatch(@"(?m)^\s*\\", step.Sql));

    [Fact]
    public void A_greater_scale_makes_more_rows_and_nothing_else()
    {
        var small = SampleDatabase.Steps(18, 0.01);
        var large = SampleDatabase.Steps(18, 2);

        Assert.Contains("generate_series(1, 700::bigint)", Step(small, "Profiles"), StringComparison.Ordinal);
        Assert.Contains("generate_series(1, 140000::bigint)", Step(large, "Profiles"), StringComparison.Ordinal);
        Assert.Equal(small.Select(step => Numbers().Replace(step.Sql, "0")), large.Select(step => Numbers().Replace(step.Sql, "0")));
    }

    [Fact]
    public void The_smallest_scale_still_has_rows() =>
        Assert.All(SampleDatabase.Steps(18, 1e-9), step => Assert.DoesNotMatch(@"generate_series\(1, [0-4](::bigint)?\)", step.Sql));

    [Theory]
    [InlineData(14, 15, "NULLS NOT DISTINCT")]
    [InlineData(16, 17, "GRANT MAINTAIN")]
    [InlineData(17, 18, "VIRTUAL")]
    public void What_a_server_does_not_know_is_left_out(int before, int since, string feature)
    {
        Assert.DoesNotContain(SampleDatabase.Steps(before, 1), step => step.Sql.Contains(feature, StringComparison.Ordinal));
        Assert.Contains(SampleDatabase.Steps(since, 1), step => step.Sql.Contains(feature, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(13, 1)]
    [InlineData(18, 0)]
    [InlineData(18, -1)]
    [InlineData(18, 1001)]
    [InlineData(18, double.NaN)]
    [InlineData(18, double.PositiveInfinity)]
    public void A_server_too_old_or_a_scale_out_of_range_is_refused(int major, double scale) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SampleDatabase.Steps(major, scale));

    private static string Step(IReadOnlyList<SampleStep> steps, string description) =>
        steps.Single(step => step.Description == description).Sql;

    // Comments, dollar-quoted bodies, E'' strings with their escapes, plain strings, quoted names.
    [GeneratedRegex("""--[^\n]*|(?<tag>\$\w*\$).*?\k<tag>|\b[Ee]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\x22(?:[^\x22]|\x22\x22)*\x22""", RegexOptions.Singleline)]
    private static partial Regex Quoted();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Numbers();
}
