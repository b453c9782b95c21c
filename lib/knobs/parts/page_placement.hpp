// From demands to pools: which node gives how many pages, and how many must be added to its pool.
#pragma once

#include "knobs/parts/page_demand.hpp"
#include "knobs/parts/page_limits.hpp"
#include "model/node_memory.hpp"

namespace hostlease {

struct PagePlacement {
    // every pool the domain takes pages from, by page size (largest first) and node
    std::vector<PoolPlan> pools;
    Diagnostics shortages; // one error for each demand that cannot be met
};

/// Places each demand, the most constrained first, and never counts a page twice. A pool can give `free -
/// reserved - promised` pages. A pool may grow as long as its node keeps what the limits say available by
/// the kernel's estimate. `near`: preferred nodes for demands that may use any node. Pure;
/// `input.facts.growth_limit` caps the expected growth of a pool.
PagePlacement place_pages(const PlanInput& input, std::vector<PageDemand> demands, const NodeSet& near,
                          const PageLimits& limits);

/// What each node can give a VM with pages of these sizes, by the same account.
struct PageRoom {
    NodeMemory free; // unclaimed pages of the pools
    NodeMemory all;  // and what the pools can grow by, unless the policy leaves them as they are
};
PageRoom page_room(const PlanInput& input, const std::set<std::uint64_t>& sizes);

} // namespace hostlease
