// Reads what the planner needs to know of the machine.
#pragma once

#include "host/host.hpp"
#include "model/host_facts.hpp"

namespace hostlease {

/// Online CPUs, NUMA nodes with what they can spare, huge page pools, cpufreq policies. A file that is missing leaves its fact empty
/// (a host without cpufreq has no policies); one that cannot be read is an error, since a plan on half the facts would be wrong.
/// Source: Documentation/ABI/stable/sysfs-devices-node, admin-guide/mm/hugetlbpage.rst, filesystems/proc.rst (6.1 to 7.2).
/// With `cpus`, of the cpufreq policies of other CPUs only the names and CPUs are read: hosts have thousands of CPUs, and a VM a few.
Result<HostFacts> read_facts(Host& host, const CpuSet* cpus = nullptr);

/// Counters of the pool whose directory this is, as they are now. is_missing() of the error: the kernel has no such pool.
Result<PoolFacts> read_pool(Host& host, const std::string& directory, PoolId id);

/// Only the pool's persistent pages: what a growth is checked by.
Result<std::uint64_t> read_persistent_pages(Host& host, const std::string& directory);

/// Pages of this size that are mapped and not touched yet, on the whole host; 0 where the kernel does not count them.
Result<std::uint64_t> read_reserved_pages(Host& host, std::uint64_t page_size);

/// Value of a knob's file as it is compared and shown: the word in brackets where one of several is marked, else the text with runs of
/// white space made one blank.
std::string knob_value(std::string_view text);

/// Id of this boot; "unknown" where the kernel tells none.
Result<std::string> read_boot_id(Host& host);

} // namespace hostlease
