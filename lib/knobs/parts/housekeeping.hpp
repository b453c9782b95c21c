// What is left to the host when VMs have CPUs of their own.
#pragma once

#include "knobs/knob.hpp"

#include <string>
#include <vector>

namespace hostlease {

struct CoreLimit {
    std::size_t cores = 1;
    std::string asked_by; // " (VM 'x', other.toml:3:1)", "" for this policy or the default
};

/// The hardware threads of each core; if the host does not report cores, each online CPU is a core.
std::vector<CpuSet> cores_of(const HostFacts& facts);

/// CPUs that run no host task by default: isolated at boot, or in another program's partition.
CpuSet closed_cpus(const HostFacts& facts);

/// The number of cores without a CPU of `taken` and without a closed CPU.
std::size_t whole_cores_without(const HostFacts& facts, const CpuSet& taken);

/// CPUs that other leases have isolated, and those of their partitions.
CpuSet taken_by_others(const PlanInput& input);

/// The largest number of whole cores that this policy or another lease keeps for the host.
CoreLimit least_cores(const PlanInput& input);

} // namespace hostlease
