// The kinds of core of a hybrid CPU, derived from the kernel's data on the CPUs' types and clocks.
#pragma once

#include "core/cpu_set.hpp"
#include "model/topology.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace hostlease {

/// CPUs of the same type and with the same highest clock.
struct CoreGroup {
    CpuSet cpus;
    // larger for CPUs that are faster and use more power; -1 if not known
    int efficiency = -1;
    std::string type;              // "IntelCore"; "" if the kernel reports no type
    std::uint64_t highest_mhz = 0; // 0 if not known
};

/// Fills `kind` and `highest_mhz` of each core. Favoured cores run a few percent faster and are no separate
/// kind; AMD's dense cores run at two thirds and are a separate kind. CPUs outside all groups are of the
/// fastest kind.
void set_kinds(std::vector<CoreGroup> groups, HostTopology& topology);

} // namespace hostlease
