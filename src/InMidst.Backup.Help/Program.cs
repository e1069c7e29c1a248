using System.Globalization;
using InMidst.Backup.Help;

// The same text on every machine: nothing here may depend on who builds.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;

try
{
    return HelpBuild.Run(HelpOptions.Parse(args), Console.Out);
}
catch (HelpOptionException wrong)
{
    Console.Error.WriteLine($"InMidst.Backup.Help : error MIDST0000: {wrong.Message}");
    return 2;
}
