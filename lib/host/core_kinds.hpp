// The kinds of core of a hybrid CPU, of what the kernel says of the CPUs' types and clocks.
#pragma once

#include "core/cpu_set.hpp"
#include "model/topology.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace hostlease {

/// CPUs that are alike: of one type, with one highest clock.
struct CoreGroup {
    CpuSet cpus;
    // larger for CPUs that are faster and take more power; -1 where that is not known
    int efficiency = -1;
    std::string type;              // "IntelCore"; "" where the kernel tells none
    std::uint64_t highest_mhz = 0; // 0 when not known
};

/// Fills `kind` and `highest_mhz` of each core. Cores that a processor's maker favours run a few percent
/// faster, and are no kind of their own; dense ones of AMD run at two thirds, and are one. CPUs that are in
/// no group are of the fastest kind.
void set_kinds(std::vector<CoreGroup> groups, HostTopology& topology);

} // namespace hostlease
