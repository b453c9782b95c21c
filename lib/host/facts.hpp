// The facts about the machine that the planner needs.
#pragma once

#include "host/host.hpp"
#include "model/host_facts.hpp"

namespace hostlease {

/// Online CPUs, NUMA nodes with their available memory, huge page pools, cpufreq policies. A missing file
/// leaves its fact empty (a host without cpufreq has no policies). An unreadable file is an error, because a
/// plan from half the facts would be wrong; for cpufreq alone, the error is stored in `cpufreq_problem`.
/// Source: Documentation/ABI/stable/sysfs-devices-node, admin-guide/mm/hugetlbpage.rst, filesystems/proc.rst
/// (6.1 to 7.2). With `cpus`, only names and CPU lists are read for the cpufreq policies of other CPUs,
/// because a host may have thousands of CPUs.
Result<HostFacts> read_facts(Host& host, const CpuSet* cpus = nullptr);

/// Bytes of the node's page cache that are dirty or under writeback; of the host's on a kernel without NUMA.
Result<std::uint64_t> unwritten_memory(Host& host, unsigned node);

/// The id of this boot; "unknown" if the kernel has none.
Result<std::string> read_boot_id(Host& host);

} // namespace hostlease
