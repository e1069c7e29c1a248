using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Restore;

namespace InMidst.Backup.Postgres.Tests.Restore;

public sealed class RestoreSelectionTests
{
    private const string Contents = """
        7 SCHEMA app
        2 EXTENSION citext
        20 COMMENT none.EXTENSION citext < 2
        904 TYPE app.mood < 7
        907 DOMAIN app.pos < 7
        277 FUNCTION app.f() < 7
        218 TABLE app.people < 2 904 907 7
        217 SEQUENCE app.people_g_seq < 7 218
        216 SEQUENCE app.people_id_seq < 218 7
        3558 SEQUENCE OWNED BY app.people_id_seq < 216
        226 TABLE public.par
        227 TABLE public.chi < 226
        220 TABLE public.orders < 216
        3559 COMMENT public.COLUMN orders.id < 220
        228 VIEW public.v < 220
        230 MATERIALIZED VIEW public.mv < 228
        219 SEQUENCE public.orders_id_seq < 220
        3561 SEQUENCE OWNED BY public.orders_id_seq < 219
        221 TABLE public.pt
        222 TABLE public.pt1 < 221
        223 TABLE public.pt2 < 221
        224 TABLE public.pt2a < 223
        3348 TABLE ATTACH public.pt1 < 222 221
        3349 TABLE ATTACH public.pt2 < 223 221
        3350 TABLE ATTACH public.pt2a < 224 223
        3353 DEFAULT public.orders id < 220 219
        3560 ACL public.TABLE orders < 220
        3362 CONSTRAINT public.orders orders_pkey < 220
        3358 CONSTRAINT app.people people_pkey < 218
        3364 CONSTRAINT public.pt pt_pkey < 221
        3368 CONSTRAINT public.pt1 pt1_pkey < 3364 222
        3359 INDEX public.i1 < 220
        3566 COMMENT public.INDEX i1 < 3359
        3365 INDEX public.ptd < 221
        3366 INDEX public.pt1_d_idx < 3365 222
        3376 INDEX ATTACH public.pt1_d_idx < 3366 3365 222 221
        3375 INDEX public.mvi < 230
        3386 TRIGGER public.orders t < 277 220
        3383 FK CONSTRAINT public.orders orders_person_fkey < 218 3358 220
        3384 FK CONSTRAINT public.pt pt_id_fkey < 3358 221 218
        3534 ROW SECURITY public.orders < 220
        3535 POLICY public.orders po < 220 218
        3548 MATERIALIZED VIEW DATA public.mv < 230
        """;

    private readonly List<string> _warnings = [];

    [Fact]
    public void A_table_comes_with_what_it_needs_and_what_belongs_to_it()
    {
        Assert.Equal(
            new HashSet<string> { "app", "citext", "EXTENSION citext", "mood", "pos", "people", "people_g_seq", "people_id_seq", "people people_pkey" },
            Names(["app.people"]));
        HashSet<string> orders = Names(["orders"]);
        Assert.Superset(new HashSet<string>
        {
            "orders", "people_id_seq", "orders_id_seq", "orders id", "orders orders_pkey", "i1", "INDEX i1", "COLUMN orders.id", "TABLE orders", "orders t", "f()", "app",
        }, orders);
        Assert.Empty(orders.Intersect(["people", "v", "mv", "par", "orders orders_person_fkey", "orders po", "people_g_seq", "EXTENSION citext"]));
        Assert.Contains("orders_person_fkey", Assert.Single(_warnings, w => w.StartsWith("Left out")));
    }

    [Fact]
    public void A_foreign_key_comes_when_both_tables_do()
    {
        Assert.Contains("orders orders_person_fkey", Names(["public.orders", "app.people"]));
        Assert.Contains("orders po", Names(["orders", "people"]));
        Assert.Empty(_warnings);
    }

    [Fact]
    public void A_partitioned_table_comes_with_its_partitions_and_a_parent_without_its_children()
    {
        Assert.Superset(new HashSet<string> { "pt", "pt1", "pt2", "pt2a", "pt pt_pkey", "pt1 pt1_pkey", "pt1_d_idx", "ptd" }, Names(["pt"]));
        Assert.Equal(["pt", "pt1", "pt2", "pt2a"], Tables(["pt"]));
        Assert.Equal(["par"], Tables(["par"]));
    }

    [Fact]
    public void A_partition_alone_is_a_table_with_its_own_indexes()
    {
        Assert.Equal(new HashSet<string> { "pt1", "pt1 pt1_pkey", "pt1_d_idx" }, Names(["pt1"]));
        Assert.Contains("tables of their own", Assert.Single(_warnings));
    }

    [Fact]
    public void An_inheritance_child_brings_its_parent_without_rows()
    {
        Assert.Equal(new HashSet<string> { "chi", "par" }, Names(["chi"]));
        Assert.Contains("public.par", Assert.Single(_warnings));
        Assert.Equal(["chi"], Tables(["chi"]));
    }

    [Fact]
    public void A_schema_comes_with_all_its_objects_and_empty_tables_of_others()
    {
        RestoreSelection selection = Select(o => o with { Schemas = [NamePattern.Exactly("public")] });
        HashSet<string> names = [.. Entries().Where(selection.Includes).Select(e => e.Name)];
        Assert.Superset(new HashSet<string> { "v", "mv", "mvi", "orders", "pt", "chi", "app", "people_id_seq" }, names);
        Assert.DoesNotContain("people", names);
        Assert.Contains(_warnings, w => w.StartsWith("Left out") && w.Contains("orders_person_fkey") && w.Contains("pt_id_fkey"));
    }

    [Fact]
    public void A_view_that_reads_tables_without_rows_is_not_filled()
    {
        List<TocEntryRecord> entries = Toc.Parse("""
            1 TABLE a.t
            2 VIEW a.v < 1
            3 MATERIALIZED VIEW b.m < 2
            4 MATERIALIZED VIEW DATA b.m < 3
            """);
        RestoreSelection selection = RestoreSelection.Make(Toc.Index(entries), Options() with { Schemas = [NamePattern.Exactly("b")] }, _warnings.Add);
        Assert.Equal([1, 2, 3], entries.Where(selection.Includes).Select(e => e.Id!.Value));
        Assert.Contains(_warnings, w => w.StartsWith("Not filled") && w.Contains("b.m"));
        Assert.False(selection.Includes(Toc.Index(entries).Frames[0]));
    }

    [Fact]
    public void A_view_comes_with_the_defaults_of_its_columns()
    {
        List<TocEntryRecord> entries = Toc.Parse("""
            1 TABLE a.t
            2 VIEW b.v < 1
            3 FUNCTION c.f()
            4 DEFAULT b.v x < 2 3
            5 DEFAULT a.t y < 1 3
            """);
        RestoreSelection selection = RestoreSelection.Make(Toc.Index(entries), Options() with { Schemas = [NamePattern.Exactly("b")] }, _warnings.Add);
        Assert.Equal([1, 2, 3, 4], entries.Where(selection.Includes).Select(e => e.Id!.Value));
    }

    [Fact]
    public void Only_the_frames_of_chosen_tables_are_read()
    {
        DumpIndex index = Toc.Index(Entries());
        RestoreSelection selection = RestoreSelection.Make(index, Options() with { Tables = [NamePattern.Exactly("app.people")] }, _warnings.Add);
        Assert.Equal("people", index.Tables[Assert.Single(index.Frames, selection.Includes).Table!.Value].Name);
        Assert.Equal(["people_g_seq", "people_id_seq"], index.Sequences.Where(selection.Includes).Select(s => s.Name));
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("app.orders")]
    [InlineData("v")]
    public void A_pattern_that_fits_no_table_is_named(string pattern)
    {
        var refused = Assert.Throws<BackupException>(() => Names(["orders", pattern]));
        Assert.Equal(ErrorIds.NotInBackup, refused.Id);
        Assert.Contains($"'{pattern}'", refused.Message);
        Assert.DoesNotContain("'orders'", refused.Message);
    }

    [Fact]
    public void Table_and_schema_together_mean_tables_of_the_schema()
    {
        RestoreSelection selection = Select(o => o with { Schemas = [NamePattern.Exactly("app")], Tables = [new NamePattern("*", _ => true)] });
        Assert.Equal(["people"], Entries().Where(e => e.Type == "TABLE" && selection.Includes(e)).Select(e => e.Name));
    }

    [Fact]
    public void Without_a_choice_everything_comes_and_without_rows_no_view_is_filled()
    {
        Assert.All(Entries(), e => Assert.True(Select(o => o).Includes(e)));
        RestoreSelection bare = Select(o => o with { SchemaOnly = true });
        Assert.Equal(3548, Assert.Single(Entries(), e => !bare.Includes(e)).Id);
        Assert.DoesNotContain(Toc.Index(Entries()).Frames, bare.Includes);
    }

    private static List<TocEntryRecord> Entries() => Toc.Parse(Contents);

    private static RestoreOptions Options() =>
        new() { Address = new ServerAddress { Host = "h", Port = 1, UserName = "u", Database = "d" }, TargetDatabase = "t" };

    private RestoreSelection Select(Func<RestoreOptions, RestoreOptions> with) => RestoreSelection.Make(Toc.Index(Entries()), with(Options()), _warnings.Add);

    private HashSet<string> Names(string[] tables)
    {
        RestoreSelection selection = Select(o => o with { Tables = [.. tables.Select(NamePattern.Exactly)] });
        return [.. Entries().Where(selection.Includes).Select(e => e.Name)];
    }

    private string[] Tables(string[] tables)
    {
        RestoreSelection selection = Select(o => o with { Tables = [.. tables.Select(NamePattern.Exactly)] });
        return [.. Toc.Index(Entries()).Tables.Where(selection.Includes).Select(t => t.Name)];
    }
}
