using System.Management.Automation;
using InMidst.Backup.Help.Checks;
using InMidst.Backup.Help.Documentation;
using InMidst.Backup.Help.Model;
using InMidst.Backup.Help.Writing;

namespace InMidst.Backup.Help;

/// <summary>One run: read the module and its documentation, look for gaps, write help and pages when there are none.</summary>
internal static class HelpBuild
{
    /// <summary>
    /// Returns 0 when the help is whole (and written, unless only checking), 1 when there are gaps: then nothing is written,
    /// and every gap is a line in MSBuild's error format.
    /// </summary>
    public static int Run(HelpOptions options, TextWriter report)
    {
        var gaps = new GapList(new SourceFiles(options.Source), options.Documentation);
        try
        {
            using LoadedModule module = LoadedModule.Import(options.Module);
            IReadOnlyList<CmdletHelp> cmdlets = Read(module, options, gaps);
            if (options.CheckOnly)
                MarkdownPages.Compare(cmdlets, options.Markdown, gaps);
            else if (gaps.Count == 0)
                Write(cmdlets, options);
        }
        catch (RuntimeException failure)
        {
            gaps.AddAt(options.Module, GapCode.Import, $"The module does not import: {failure.Message}");
        }

        gaps.WriteTo(report);
        return gaps.Count == 0 ? 0 : 1;
    }

    private static List<CmdletHelp> Read(LoadedModule module, HelpOptions options, GapList gaps)
    {
        ExportCheck.Run(module, options.Module, gaps);
        var documentation = new XmlDocumentation(options.Documentation);
        var texts = new DocReader(new CrefNames(module.Assembly));
        var cmdlets = new CmdletHelpReader(documentation, texts, gaps);
        var examples = new ExampleCheck(module, gaps);
        var views = new ViewCheck(options.Format, module.Assembly, gaps);

        var read = new List<CmdletHelp>();
        foreach (CmdletInfo cmdlet in module.Cmdlets)
        {
            CmdletHelp help = cmdlets.Read(cmdlet);
            examples.Run(cmdlet, help.Examples);
            read.Add(help);
        }

        views.Run(read.SelectMany(cmdlet => cmdlet.Outputs));
        return read;
    }

    private static void Write(IReadOnlyList<CmdletHelp> cmdlets, HelpOptions options)
    {
        MamlWriter.Write(cmdlets, options.Help);
        ExamplesWriter.Write(cmdlets, options.Examples);
        MarkdownPages.Write(cmdlets, options.Markdown);
    }
}
