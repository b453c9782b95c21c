// Processes and libvirt's own record of running domains.
#pragma once

#include "host/host.hpp"
#include "model/lease.hpp"

#include <optional>

namespace hostlease {

/// The process with this number as it is now, or nullopt when there is none. Source: proc(5), /proc/PID/stat field 22.
std::optional<ProcessId> find_process(Host& host, std::int64_t pid);

/// True when this very process still runs.
bool is_alive(Host& host, const ProcessId& process);

/// The QEMU process of a domain by libvirt's pid file, when it runs. Source: /run/libvirt/qemu/NAME.pid (libvirt 9.0 to 11.3).
std::optional<ProcessId> find_qemu(Host& host, const std::string& domain);

/// Whether libvirt's status file says that the domain of this name runs under this uuid.
bool has_status_file(Host& host, const std::string& domain, const std::string& uuid);

/// Huge page memory that a process has mapped and touched, in bytes. Source: proc(5), HugetlbPages of /proc/PID/status.
std::uint64_t mapped_huge_pages(Host& host, const ProcessId& process);

} // namespace hostlease
