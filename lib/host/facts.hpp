// Reads what the planner needs to know of the machine.
#pragma once

#include "host/host.hpp"
#include "model/host_facts.hpp"

namespace hostlease {

/// Online CPUs, NUMA nodes with what they can spare, huge page pools, cpufreq policies. A file that is missing leaves its fact empty
/// (a host without cpufreq has no policies); no call of this kind fails.
/// Source: Documentation/ABI/stable/sysfs-devices-node, admin-guide/mm/hugetlbpage.rst, filesystems/proc.rst (6.1 to 7.2).
HostFacts read_facts(Host& host);

/// Counters of one pool as they are now; nullopt when the kernel has no such pool.
std::optional<PoolFacts> read_pool(Host& host, const HostFacts& facts, PoolId id);
std::optional<PoolFacts> read_pool(Host& host, const std::string& directory, PoolId id);

/// Value of a knob's file as it is compared and shown: the word in brackets where one of several is marked, else the text with runs of
/// white space made one blank.
std::string knob_value(std::string_view text);

/// Id of this boot, or "unknown".
std::string read_boot_id(Host& host);

} // namespace hostlease
