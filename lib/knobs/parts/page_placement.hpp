// From demands to pools: which node gives how many pages, and how many must be added to its pool.
#pragma once

#include "knobs/parts/page_demand.hpp"

namespace hostlease {

struct PagePlacement {
    // every pool the domain takes pages from, by page size (largest first) and node
    std::vector<PoolPlan> pools;
    Diagnostics shortages; // one error for each demand that cannot be met
};

/// Places each demand, the most constrained first, and never counts a page twice. A pool has `free - reserved
/// - promised` pages to give; more are added as long as the node keeps `host_free_min` bytes available by the
/// kernel's estimate, which counts for nothing on the `unlimited` nodes. `near`: nodes to prefer for demands
/// that may go anywhere. Pure; `input.facts.growth_limit` caps what a pool is expected to grow.
PagePlacement place_pages(const PlanInput& input, std::vector<PageDemand> demands, const NodeSet& near,
                          const std::map<unsigned, std::uint64_t>& host_free_min,
                          const NodeSet& unlimited = {});

} // namespace hostlease
