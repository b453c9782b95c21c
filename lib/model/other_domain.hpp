// Another domain of the host, and the CPUs that it is pinned to.
#pragma once

#include "core/cpu_set.hpp"

#include <string>

namespace hostlease {

struct OtherDomain {
    std::string name;
    CpuSet pinned; // CPUs that its vCPUs are pinned to
    bool running = false;
    CpuSet helpers = {}; // CPUs that its emulator and I/O threads are pinned to
    // those of them that its partition has for itself: the partition ends when another VM uses them
    CpuSet exclusive = {};
    bool is_required = false; // whether its policy requires the partition
    bool operator==(const OtherDomain&) const = default;
};

} // namespace hostlease
