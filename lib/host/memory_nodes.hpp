// The NUMA nodes of a process's huge pages.
#pragma once

#include "core/error.hpp"
#include "host/host.hpp"

#include <cstdint>
#include <map>

namespace hostlease {

/// Bytes in mapped huge pages by node; empty if the process has ended. Source: proc(5), /proc/PID/numa_maps;
/// show_numa_map() in fs/proc/task_mmu.c (6.1 to 6.12).
Result<std::map<unsigned, std::uint64_t>> huge_pages_by_node(Host& host, const ProcessId& process);

} // namespace hostlease
