// From demands to pools: which node gives how many pages, and how many must be added to its pool.
#pragma once

#include "knobs/parts/page_demand.hpp"

namespace hostlease {

struct PagePlacement {
    // every pool the domain takes pages from, by page size (largest first) and node
    std::vector<PoolPlan> pools;
    Diagnostics shortages; // one error for each demand that cannot be met
};

/// Places each demand, the most constrained first, and never counts a page twice. A pool can give `free -
/// reserved - promised` pages. A pool may grow as long as its node keeps `host_free_min` bytes available by
/// the kernel's estimate; on the `unlimited` nodes, this limit does not apply. `near`: preferred nodes for
/// demands that may use any node. Pure; `input.facts.growth_limit` caps the expected growth of a pool.
PagePlacement place_pages(const PlanInput& input, std::vector<PageDemand> demands, const NodeSet& near,
                          const std::map<unsigned, std::uint64_t>& host_free_min,
                          const NodeSet& unlimited = {});

} // namespace hostlease
