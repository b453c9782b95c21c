// What is left to the host when VMs have CPUs of their own.
#pragma once

#include "knobs/knob.hpp"

#include <string>
#include <vector>

namespace hostlease {

struct CoreLimit {
    std::size_t cores = 1;
    std::string asked_by; // " (VM 'x', other.toml:3:1)", "" for this policy or nobody
};

/// The hardware threads of each core; where the host does not tell, each CPU online is a core.
std::vector<CpuSet> cores_of(const HostFacts& facts);

/// CPUs on which nothing of the host's runs by itself: isolated at boot, or in another program's partition.
CpuSet closed_cpus(const HostFacts& facts);

/// How many cores have no CPU of these, and no closed one.
std::size_t whole_cores_without(const HostFacts& facts, const CpuSet& taken);

/// CPUs that other leases have isolated, or that their partitions have besides.
CpuSet taken_by_others(const PlanInput& input);

/// The most whole cores that this policy and the other leases want left to the host.
CoreLimit least_cores(const PlanInput& input);

} // namespace hostlease
