// Processes and libvirt's own record of running domains.
#pragma once

#include "host/host.hpp"
#include "model/lease.hpp"

#include <optional>

namespace hostlease {

/// The process with this number as it is now, nullopt when there is none. Source: proc(5), /proc/PID/stat field 22.
Result<std::optional<ProcessId>> find_process(Host& host, std::int64_t pid);

/// A thread of the kernel's own.
struct KernelThread {
    ProcessId id;
    std::string name;
    bool is_movable = false; // the kernel takes another affinity for it
};

/// The kernel thread with this number, nullopt when there is none. Source: proc(5), flags of /proc/PID/stat; linux/sched.h (6.1).
Result<std::optional<KernelThread>> find_kernel_thread(Host& host, std::int64_t pid);

/// The libvirt daemon that a hook call comes from: the caller, or the nearest of its ancestors that is one (a
/// script may call the hook). nullopt when there is none, as for a hook whose daemon died and left it to
/// init. A wrapped program is known as well. Source: proc(5), comm and ppid of /proc/PID/stat; nixpkgs'
/// make-wrapper.sh and Guix' wrap-program, which name the program .NAME-wrapped and .NAME-real.
Result<std::optional<ProcessId>> find_daemon(Host& host, std::int64_t caller);

/// Who called the hook: libvirt's daemon; where none is known by its name, the caller's number without a
/// start time; the unknown process where init is the caller, or none can be seen.
Result<ProcessId> find_caller(Host& host, std::int64_t caller);

/// Whether this very process still runs.
Result<bool> is_alive(Host& host, const ProcessId& process);

/// The QEMU process of a domain by libvirt's pid file, when it runs. Source: /run/libvirt/qemu/NAME.pid (libvirt 9.0 to 11.3).
Result<std::optional<ProcessId>> find_qemu(Host& host, const std::string& domain);

/// Whether libvirt's status file says that the domain of this name runs under this uuid.
Result<bool> has_status_file(Host& host, const std::string& domain, const std::string& uuid);

/// Whether libvirt's status file says that the start of this domain is over: its QEMU runs, or is paused by
/// somebody's wish.
/// Source: qemuProcessInit and qemuProcessFinishStartup, which calls the hook after that, and
/// virDomainObjFormat (libvirt 9.0 to 11.3).
Result<bool> is_past_start(Host& host, const std::string& domain, const std::string& uuid);

/// Huge page memory that a process has mapped and touched, in bytes; 0 when there is no such process.
/// Source: proc(5), HugetlbPages of /proc/PID/status.
Result<std::uint64_t> mapped_huge_pages(Host& host, const ProcessId& process);

} // namespace hostlease
