namespace InMidst.Backup.Shell;

/// <summary>What <c>midst</c> tells its caller; the same numbers as <c>pwsh</c> where that has one.</summary>
internal static class ExitCodes
{
    /// <summary>Everything went well.</summary>
    internal const int Success = 0;

    /// <summary>The script or command ended with an error.</summary>
    internal const int Failure = 1;

    /// <summary>The command line could not be understood, or the script file does not exist.</summary>
    internal const int Usage = 64;

    /// <summary>Added to the number of the signal that ended the run, as shells report it.</summary>
    internal const int SignalBase = 128;
}
