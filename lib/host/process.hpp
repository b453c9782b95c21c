// Processes and libvirt's own record of running domains.
#pragma once

#include "host/host.hpp"
#include "model/lease.hpp"

#include <optional>

namespace hostlease {

/// The process that has this number now; nullopt if there is none. Source: proc(5), /proc/PID/stat field 22.
Result<std::optional<ProcessId>> find_process(Host& host, std::int64_t pid);

/// A kernel thread.
struct KernelThread {
    ProcessId id;
    std::string name;
    bool is_movable = false; // the kernel accepts another affinity for it
};

/// The kernel thread with this number; nullopt if there is none. Source: proc(5), flags of /proc/PID/stat;
/// linux/sched.h (6.1).
Result<std::optional<KernelThread>> find_kernel_thread(Host& host, std::int64_t pid);

/// The libvirt daemon that calls the hook: the caller or its nearest ancestor that is one, because a script
/// may call the hook. nullopt if there is none, for example after the daemon has died. Recognises wrapped
/// programs. Source: proc(5), comm and ppid of /proc/PID/stat; nixpkgs' make-wrapper.sh and Guix'
/// wrap-program, which name the program .NAME-wrapped and .NAME-real.
Result<std::optional<ProcessId>> find_daemon(Host& host, std::int64_t caller);

/// The caller of the hook: libvirt's daemon; without a known daemon, the caller's number without a start
/// time; the unknown process if the caller is init or cannot be read.
Result<ProcessId> find_caller(Host& host, std::int64_t caller);

/// Whether this process, and not another one with its number, still runs.
Result<bool> is_alive(Host& host, const ProcessId& process);

/// The running QEMU process of a domain, by libvirt's pid file. Source: /run/libvirt/qemu/NAME.pid (libvirt
/// 9.0 to 11.3).
Result<std::optional<ProcessId>> find_qemu(Host& host, const std::string& domain);

/// Whether libvirt's status file says that the domain of this name runs under this uuid.
Result<bool> has_status_file(Host& host, const std::string& domain, const std::string& uuid);

/// Whether libvirt's status file says that the start of this domain is complete: its QEMU runs, or is paused
/// on request. Source: qemuProcessInit and qemuProcessFinishStartup, which calls the hook after that, and
/// virDomainObjFormat (libvirt 9.0 to 11.3).
Result<bool> is_past_start(Host& host, const std::string& domain, const std::string& uuid);

/// Bytes of huge pages that a process has mapped and touched; 0 if the process does not exist. Source:
/// proc(5), HugetlbPages of /proc/PID/status.
Result<std::uint64_t> mapped_huge_pages(Host& host, const ProcessId& process);

/// Bytes of memory that a process has touched, without huge pages of a pool; 0 if the process does not exist.
/// Source: proc(5), VmRSS of /proc/PID/status.
Result<std::uint64_t> resident_memory(Host& host, const ProcessId& process);

} // namespace hostlease
