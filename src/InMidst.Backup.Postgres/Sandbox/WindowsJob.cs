using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace InMidst.Backup.Postgres.Sandbox;

/// <summary>
/// A Windows job object whose processes, and those they start, are ended when the last handle on it is closed: by us, or by
/// the system when we end. Written from the documentation of the Win32 API and not yet run on Windows.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed partial class WindowsJob : IDisposable
{
    private const int ExtendedLimitInformation = 9;
    private const uint KillOnJobClose = 0x2000;

    private readonly SafeFileHandle _job;

    private WindowsJob(SafeFileHandle job) => _job = job;

    /// <summary>Makes the job.</summary>
    public static WindowsJob Create()
    {
        var job = new SafeFileHandle(CreateJobObject(0, 0), ownsHandle: true);
        if (job.IsInvalid)
            throw new Win32Exception();
        var limits = new ExtendedLimits { LimitFlags = KillOnJobClose };
        if (!SetInformationJobObject(job, ExtendedLimitInformation, in limits, (uint)Marshal.SizeOf<ExtendedLimits>()))
            throw new Win32Exception();
        return new WindowsJob(job);
    }

    /// <summary>Puts a process into the job. What it starts afterwards is in it too.</summary>
    public void Assign(nint processHandle)
    {
        if (!AssignProcessToJobObject(_job, processHandle))
            throw new Win32Exception();
    }

    public void Dispose() => _job.Dispose();

    [LibraryImport("kernel32.dll", EntryPoint = "CreateJobObjectW", SetLastError = true)]
    private static partial nint CreateJobObject(nint attributes, nint name);

    [LibraryImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool SetInformationJobObject(SafeFileHandle job, int kind, in ExtendedLimits limits, uint length);

    [LibraryImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool AssignProcessToJobObject(SafeFileHandle job, nint process);

    /// <summary>JOBOBJECT_EXTENDED_LIMIT_INFORMATION with its basic limits and IO counters written out.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ExtendedLimits
    {
        public long PerProcessUserTimeLimit;
        public long PerJobUserTimeLimit;
        public uint LimitFlags;
        public nuint MinimumWorkingSetSize;
        public nuint MaximumWorkingSetSize;
        public uint ActiveProcessLimit;
        public nuint Affinity;
        public uint PriorityClass;
        public uint SchedulingClass;
        public ulong ReadOperationCount;
        public ulong WriteOperationCount;
        public ulong OtherOperationCount;
        public ulong ReadTransferCount;
        public ulong WriteTransferCount;
        public ulong OtherTransferCount;
        public nuint ProcessMemoryLimit;
        public nuint JobMemoryLimit;
        public nuint PeakProcessMemoryUsed;
        public nuint PeakJobMemoryUsed;
    }
}
