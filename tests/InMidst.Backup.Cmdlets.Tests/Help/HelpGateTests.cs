using System.Management.Automation;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace InMidst.Backup.Cmdlets.Tests.Help;

/// <summary>Takes the real documentation, breaks one thing in it, and expects the build to refuse it.</summary>
public sealed partial class HelpGateTests(StagedModule module) : IClassFixture<StagedModule>, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CmdletInfo _cmdlet = module.Module.ExportedCmdlets[StagedModule.PromisedCmdlets()[0]];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Documentation_as_it_is_has_no_gap_and_the_committed_pages_say_the_same()
    {
        (int exitCode, string report) = await HelpTool.RunAsync("--check", "--documentation", HelpTool.Documentation);
        Assert.Equal("", report);
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task A_cmdlet_without_synopsis_is_refused() =>
        await AssertRefusedAsync(cmdlet => cmdlet.Element("summary")!.Remove(), "error MIDST0003: ", "has no synopsis");

    [Fact]
    public async Task A_cmdlet_without_description_is_refused() =>
        await AssertRefusedAsync(cmdlet => cmdlet.Element("remarks")!.Value = " \n ", "error MIDST0003: ", "has no description");

    [Fact]
    public async Task A_single_example_is_too_few() =>
        await AssertRefusedAsync(cmdlet => cmdlet.Elements("example").Skip(1).ToList().ForEach(example => example.Remove()), "error MIDST0005: ", "1 of at least 2");

    [Fact]
    public async Task An_example_without_title_is_refused() =>
        await AssertRefusedAsync(cmdlet => cmdlet.Element("example")!.Element("summary")!.Remove(), "error MIDST0005: ", "must be a <summary>");

    [Fact]
    public async Task An_example_marked_to_run_in_an_unknown_way_is_refused() =>
        await AssertRefusedAsync(cmdlet => Code(cmdlet).SetAttributeValue("run", "perhaps"), "error MIDST0005: ", "\"perhaps\"");

    [Theory]
    [InlineData("{0} | ForEach-Object {{", "it does not parse")]
    [InlineData("{0} -NoSuchParameter 1", "has no parameter -NoSuchParameter")]
    [InlineData("{0} | Get-MidstNothing", "Get-MidstNothing is not a cmdlet of this module")]
    [InlineData("'nothing of ours'", "does not use the cmdlet")]
    public async Task An_example_that_PowerShell_would_refuse_is_refused(string code, string problem) =>
        await AssertRefusedAsync(
            cmdlet => Code(cmdlet).Value = string.Format(null, code, _cmdlet.Name),
            "error MIDST0006: ", problem);

    [Fact]
    public async Task An_example_to_be_run_may_only_use_what_the_engine_itself_has() =>
        await AssertRefusedAsync(
            cmdlet =>
            {
                Code(cmdlet).Value += "\nSelect-Object -InputObject 1";
                Code(cmdlet).SetAttributeValue("run", "true");
            },
            "error MIDST0006: ", "Select-Object comes neither");

    [Fact]
    public async Task A_parameter_without_text_is_refused()
    {
        string parameter = "";
        string doctored = Doctored(documentation =>
        {
            // The first parameter that is documented where we look: inherited ones from a generic base are named otherwise.
            XElement member = _cmdlet.Parameters.Keys
                .Select(_cmdlet.ImplementingType.GetProperty)
                .Where(property => property is { DeclaringType.IsGenericType: false })
                .Select(property => Member(documentation, $"P:{property!.DeclaringType!.FullName}.{property.Name}"))
                .First(found => found?.Element("summary") is not null)!;
            parameter = ((string)member.Attribute("name")!).Split('.')[^1];
            member.Element("summary")!.Remove();
        });
        await AssertReportAsync(doctored, "error MIDST0004: ", $"-{parameter} has no text");
    }

    [Fact]
    public async Task An_output_type_without_table_is_refused()
    {
        XDocument views = XDocument.Load(Path.Combine(StagedModule.Root, "src", "InMidst.Backup", "InMidst.Backup.Format.ps1xml"));
        views.Descendants("View").Where(view => view.Element("TableControl") is not null).ToList().ForEach(view => view.Remove());
        views.Save(_directory.File("format.ps1xml"));
        await AssertReportAsync(HelpTool.Documentation, "error MIDST0007: ", "no view with a TableControl", "--format", _directory.File("format.ps1xml"));
    }

    [Fact]
    public async Task A_view_of_a_property_that_is_gone_is_refused()
    {
        XDocument views = XDocument.Load(Path.Combine(StagedModule.Root, "src", "InMidst.Backup", "InMidst.Backup.Format.ps1xml"));
        views.Descendants("PropertyName").First().Value = "NoSuchProperty";
        views.Save(_directory.File("format.ps1xml"));
        await AssertReportAsync(HelpTool.Documentation, "error MIDST0007: ", "no such property", "--format", _directory.File("format.ps1xml"));
    }

    [Fact]
    public async Task A_cmdlet_the_manifest_promises_must_exist() =>
        await AssertManifestRefusedAsync(ExportList().Replace(Manifest(), "$0 'Get-MidstNothing'\n"), "error MIDST0002: ", "CmdletsToExport names Get-MidstNothing");

    [Fact]
    public async Task A_cmdlet_must_be_promised_by_the_manifest()
    {
        string forgotten = Manifest().Replace($"'{_cmdlet.Name}'", "", StringComparison.Ordinal);
        await AssertManifestRefusedAsync(forgotten, "error MIDST0002: ", $"{_cmdlet.Name} is not in CmdletsToExport");
    }

    [Fact]
    public async Task A_module_that_does_not_import_is_refused() => await AssertManifestRefusedAsync(
        Manifest().Replace("/InMidst.Backup.Loader.dll'", "/NoSuchFile.dll'", StringComparison.Ordinal), "error MIDST0001: ", "The module does not import");

    [Fact]
    public async Task A_page_that_says_something_else_than_the_code_is_reported()
    {
        string name = _cmdlet.Name;
        foreach (string page in Directory.EnumerateFiles(Path.Combine(StagedModule.Root, "docs", "cmdlets")))
            File.Copy(page, _directory.File(Path.GetFileName(page)));
        await File.AppendAllTextAsync(_directory.File(name + ".md"), "edited by hand\n", TestContext.Current.CancellationToken);
        File.Copy(_directory.File(name + ".md"), _directory.File("Get-MidstGone.md"));
        (int exitCode, string report) = await HelpTool.RunAsync("--check", "--documentation", HelpTool.Documentation, "--markdown", _directory.Path);
        Assert.Equal(1, exitCode);
        Assert.Contains($"{name}.md: error MIDST0008: ", report, StringComparison.Ordinal);
        Assert.Contains("Get-MidstGone.md: error MIDST0008: ", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_code_gives_the_same_help_and_a_gap_gives_none()
    {
        string[] outputs = ["--help", _directory.File("help.xml"), "--examples", _directory.File("examples.json"), "--markdown", _directory.File("pages")];
        string doctored = Doctored(documentation => Cmdlet(documentation).Element("summary")!.Remove());
        (int refused, _) = await HelpTool.RunAsync(["--documentation", doctored, .. outputs]);
        Assert.Equal(1, refused);
        Assert.False(File.Exists(_directory.File("help.xml")) || File.Exists(_directory.File("examples.json")) || Directory.Exists(_directory.File("pages")));

        (int written, string report) = await HelpTool.RunAsync(["--documentation", HelpTool.Documentation, .. outputs]);
        Assert.Equal("", report);
        Assert.Equal(0, written);
        AssertSameFile(Path.Combine("en-US", "InMidst.Backup-Help.xml"), "help.xml");
        AssertSameFile(Path.Combine("artifacts", "help", "examples.json"), "examples.json");
        Assert.All(StagedModule.PromisedCmdlets(), name => AssertSameFile(Path.Combine("docs", "cmdlets", name + ".md"), Path.Combine("pages", name + ".md")));
    }

    private void AssertSameFile(string built, string written) =>
        Assert.Equal(File.ReadAllBytes(Path.Combine(StagedModule.Root, built)), File.ReadAllBytes(_directory.File(written)));

    private async Task AssertRefusedAsync(Action<XElement> breakCmdlet, string code, string problem) =>
        await AssertReportAsync(Doctored(documentation => breakCmdlet(Cmdlet(documentation))), code, problem);

    private async Task AssertManifestRefusedAsync(string manifest, string code, string problem)
    {
        await File.WriteAllTextAsync(_directory.File("InMidst.Backup.psd1"), manifest, TestContext.Current.CancellationToken);
        await AssertReportAsync(HelpTool.Documentation, code, problem, "--module", _directory.File("InMidst.Backup.psd1"));
    }

    private static async Task AssertReportAsync(string documentation, string code, string problem, params string[] more)
    {
        (int exitCode, string report) = await HelpTool.RunAsync(["--check", "--documentation", documentation, .. more]);
        Assert.Equal(1, exitCode);
        Assert.Contains(report.Split('\n'), line => line.Contains(code, StringComparison.Ordinal) && line.Contains(problem, StringComparison.Ordinal));
    }

    private string Doctored(Action<XDocument> change)
    {
        XDocument documentation = XDocument.Load(HelpTool.Documentation, LoadOptions.PreserveWhitespace);
        change(documentation);
        documentation.Save(_directory.File("doctored.xml"));
        return _directory.File("doctored.xml");
    }

    private XElement Cmdlet(XDocument documentation) => Member(documentation, "T:" + _cmdlet.ImplementingType.FullName)!;

    private static XElement Code(XElement cmdlet) => cmdlet.Element("example")!.Element("code")!;

    private static XElement? Member(XDocument documentation, string name) =>
        documentation.Descendants("member").SingleOrDefault(member => (string?)member.Attribute("name") == name);

    /// <summary>The manifest with the staged files by full path, so that it works from elsewhere.</summary>
    private static string Manifest() =>
        File.ReadAllText(StagedModule.Manifest).Replace("'bin/", $"'{StagedModule.Root.Replace('\\', '/')}/bin/", StringComparison.Ordinal);

    [GeneratedRegex(@"CmdletsToExport\s*=\s*@\(")]
    private static partial Regex ExportList();
}
