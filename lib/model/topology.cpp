#include "model/topology.hpp"

#include <algorithm>

namespace hostlease {

unsigned HostTopology::threads_per_core(unsigned kind) const {
    unsigned most = 0;
    for (const auto& core : cores)
        if (core.kind == kind) most = std::max(most, core.threads.count());
    return most;
}

unsigned HostTopology::kinds() const {
    unsigned count = 0;
    for (const auto& core : cores)
        count = std::max(count, core.kind + 1);
    return count;
}

} // namespace hostlease
