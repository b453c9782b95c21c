// Reads what the planner needs to know of the machine.
#pragma once

#include "host/host.hpp"
#include "model/host_facts.hpp"

namespace hostlease {

/// Online CPUs, NUMA nodes with what they can spare, huge page pools, cpufreq policies. A file that is
/// missing leaves its fact empty (a host without cpufreq has no policies); one that cannot be read is an
/// error, since a plan on half the facts would be wrong, but for cpufreq, whose problem is told to who needs
/// it. Source: Documentation/ABI/stable/sysfs-devices-node, admin-guide/mm/hugetlbpage.rst,
/// filesystems/proc.rst (6.1 to 7.2). With `cpus`, of the cpufreq policies of other CPUs only the names and
/// CPUs are read: hosts have thousands of CPUs, and a VM a few.
Result<HostFacts> read_facts(Host& host, const CpuSet* cpus = nullptr);

/// Bytes of the node's page cache that are still to be written to disks; of the host's where there are no
/// nodes.
Result<std::uint64_t> unwritten_memory(Host& host, unsigned node);

/// Id of this boot; "unknown" where the kernel tells none.
Result<std::string> read_boot_id(Host& host);

} // namespace hostlease
