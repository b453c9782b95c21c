// The CPUs and NUMA nodes that were chosen for a domain without pins.
#pragma once

#include "core/cpu_set.hpp"

#include <string>
#include <vector>

namespace hostlease {

struct Placement {
    std::vector<unsigned> vcpus; // the CPU of each vCPU, by its number; empty: no place was found
    CpuSet emulator;
    CpuSet iothreads; // for all I/O threads, also those that are added while the VM runs
    CpuSet idle;      // siblings of the vCPUs' CPUs, which nothing else may run on
    NodeSet nodes;
    std::string why;                   // "node 1: 8 vCPUs on 4 whole cores under one last-level cache"
    std::vector<std::string> warnings; // one sentence each
    std::string problem = {};          // why no place was found
    std::string hint = {};
    // whether the policy lets the VM start without a place
    bool is_optional = false;

    [[nodiscard]] bool is_found() const { return !vcpus.empty(); }
    [[nodiscard]] CpuSet vcpu_cpus() const { return {vcpus.begin(), vcpus.end()}; }
    bool operator==(const Placement&) const = default;
};

} // namespace hostlease
