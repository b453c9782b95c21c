#include "model/host_facts.hpp"

#include <algorithm>

namespace hostlease {

const NodeFacts* HostFacts::node(unsigned id) const {
    const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const auto& one) { return one.id == id; });
    return found == nodes.end() ? nullptr : &*found;
}

const PoolFacts* HostFacts::pool(PoolId id) const {
    const auto found = std::find_if(pools.begin(), pools.end(), [&](const auto& one) { return one.id == id; });
    return found == pools.end() ? nullptr : &*found;
}

} // namespace hostlease
