// Which cores the parts of a guest get.
#pragma once

#include "suggest/core_pool.hpp"

namespace hostlease {

/// Cores of one node for one guest cell, in the order of its vCPUs.
struct PlacedPart {
    std::size_t cell = 0;
    unsigned node = 0;
    CoreList cores;
};

/// The memory that so many cores of a cell ask for; `cells` has the number of cores of each.
std::uint64_t memory_of(const PinningRequest& request, const std::vector<unsigned>& cells, std::size_t cell, unsigned cores);

/// Gives each cell as many cores as `cells` says, out of `usable`, which has as many at least; a guest without cells is one. The parts are
/// in the order of the vCPUs.
std::vector<PlacedPart> place_cells(const CorePool& pool, const PinningRequest& request, const std::vector<unsigned>& cells,
                                    const CoreList& usable);

} // namespace hostlease
