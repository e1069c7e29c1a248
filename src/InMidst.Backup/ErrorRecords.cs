using System.Management.Automation;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup;

/// <summary>The one place where exceptions become what PowerShell shows.</summary>
internal static class ErrorRecords
{
    /// <summary>
    /// Makes the record: id and category from the error id, the message, and what to do about it as the recommended action, which
    /// PowerShell shows below the message. Nothing but the exception's own message goes in, so a message without secrets stays without.
    /// </summary>
    internal static ErrorRecord From(Exception exception)
    {
        Exception cause = Unwrap(exception);
        return cause switch
        {
            BackupException backup => New(backup, backup.Id, backup.Message, backup.Guidance, backup.Target),
            OperationCanceledException => New(
                cause, ErrorIds.OperationStopped, "The operation was stopped before its end.", ErrorIds.OperationStopped.Guidance, target: null),
            _ => New(
                cause, ErrorIds.InternalError, $"{cause.GetType().Name}: {cause.Message}", ErrorIds.InternalError.Guidance, target: null),
        };
    }

    private static ErrorRecord New(Exception exception, ErrorId id, string message, string guidance, string? target) =>
        new(exception, id.Name, Category(id.Kind), target)
        {
            ErrorDetails = new ErrorDetails(message) { RecommendedAction = guidance },
        };

    /// <summary>The failure that says most: one we understand, else one that is not merely the echo of a cancellation.</summary>
    private static Exception Unwrap(Exception exception)
    {
        if (exception is not AggregateException aggregate)
            return exception;
        var causes = aggregate.Flatten().InnerExceptions;
        return causes.FirstOrDefault(static cause => cause is BackupException)
            ?? causes.FirstOrDefault(static cause => cause is not OperationCanceledException)
            ?? (causes.Count > 0 ? causes[0] : exception);
    }

    private static ErrorCategory Category(ErrorKind kind) => kind switch
    {
        ErrorKind.Connection => ErrorCategory.ConnectionError,
        ErrorKind.Authentication => ErrorCategory.AuthenticationError,
        ErrorKind.Permission => ErrorCategory.PermissionDenied,
        ErrorKind.NotFound => ErrorCategory.ObjectNotFound,
        ErrorKind.AlreadyExists => ErrorCategory.ResourceExists,
        ErrorKind.Busy => ErrorCategory.ResourceBusy,
        ErrorKind.InvalidData => ErrorCategory.InvalidData,
        ErrorKind.InvalidArgument => ErrorCategory.InvalidArgument,
        ErrorKind.Resource => ErrorCategory.ResourceUnavailable,
        ErrorKind.NotInstalled => ErrorCategory.NotInstalled,
        ErrorKind.NotSupported => ErrorCategory.NotImplemented,
        ErrorKind.Stopped => ErrorCategory.OperationStopped,
        _ => ErrorCategory.NotSpecified,
    };
}
