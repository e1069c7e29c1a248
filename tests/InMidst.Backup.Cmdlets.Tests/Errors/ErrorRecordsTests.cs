using System.Globalization;
using System.Management.Automation;
using System.Reflection;
using InMidst.Backup.Cmdlets.Tests.Hosting;

namespace InMidst.Backup.Cmdlets.Tests.Errors;

public sealed class ErrorRecordsTests
{
    private static readonly Type ErrorRecords = StagedModule.InternalType("ErrorRecords");

    private static readonly MethodInfo From = ErrorRecords.GetMethod("From", BindingFlags.Static | BindingFlags.NonPublic)!;

    private static readonly Assembly Core = Assembly.Load(
        StagedModule.CmdletAssembly.GetReferencedAssemblies().Single(name => name.Name == "InMidst.Backup.Core"));

    [Fact]
    public void A_failure_we_understand_keeps_its_id_and_says_what_to_do()
    {
        ErrorRecord record = Convert(BackupException("DatabaseNotFound", "database \"crm\" does not exist", "list them", "crm"));

        Assert.Equal("DatabaseNotFound", record.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.ObjectNotFound, record.CategoryInfo.Category);
        Assert.Equal("crm", record.TargetObject);
        Assert.Equal("database \"crm\" does not exist", record.ToString());
        Assert.Equal("list them", record.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void Every_error_id_has_a_category_of_its_kind()
    {
        var ids = ErrorIds().ToList();

        Assert.NotEmpty(ids);
        Assert.All(ids.Where(id => id != "InternalError"), id =>
            Assert.NotEqual(ErrorCategory.NotSpecified, Convert(BackupException(id, "message", guidance: null, target: null)).CategoryInfo.Category));
    }

    [Fact]
    public void A_cancellation_is_a_stopped_operation()
    {
        ErrorRecord record = Convert(new TaskCanceledException("A task was canceled."));

        Assert.Equal("OperationStopped", record.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.OperationStopped, record.CategoryInfo.Category);
    }

    [Fact]
    public void Anything_else_is_a_defect_and_asks_to_be_reported()
    {
        var defect = new InvalidOperationException("Sequence contains no elements");

        ErrorRecord record = Convert(defect);

        Assert.Equal("InternalError", record.FullyQualifiedErrorId);
        Assert.Same(defect, record.Exception);
        Assert.Equal("InvalidOperationException: Sequence contains no elements", record.ToString());
        Assert.Contains("report", record.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_failures_the_one_we_understand_is_shown()
    {
        Exception understood = BackupException("ConnectionLost", "gone", guidance: null, target: null);
        var several = new AggregateException(
            new OperationCanceledException(), new AggregateException(new IOException("broken pipe"), understood));

        Assert.Same(understood, Convert(several).Exception);
    }

    [Fact]
    public void Of_a_cancellation_and_a_failure_the_failure_is_shown()
    {
        var failure = new IOException("broken pipe");

        Assert.Same(failure, Convert(new AggregateException(new OperationCanceledException(), failure)).Exception);
    }

    [Fact]
    public void Nothing_but_the_message_is_shown()
    {
        var failure = new IOException("outer", new IOException("password=hunter2")) { Data = { ["secret"] = "hunter2" } };

        ErrorRecord record = Convert(failure);

        Assert.DoesNotContain("hunter2", record.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", record.CategoryInfo.GetMessage(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    private static ErrorRecord Convert(Exception exception) => (ErrorRecord)From.Invoke(obj: null, [exception])!;

    private static IEnumerable<string> ErrorIds() =>
        Core.GetType("InMidst.Backup.Core.Errors.ErrorIds", throwOnError: true)!
            .GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => field.Name);

    private static Exception BackupException(string id, string message, string? guidance, string? target)
    {
        object errorId = Core.GetType("InMidst.Backup.Core.Errors.ErrorIds", throwOnError: true)!.GetField(id)!.GetValue(obj: null)!;
        Type type = Core.GetType("InMidst.Backup.Core.Errors.BackupException", throwOnError: true)!;
        return (Exception)Activator.CreateInstance(type, errorId, message, null, guidance, target)!;
    }
}
