// Assigns cores to the parts of a guest.
#pragma once

#include "placement/core_pool.hpp"

namespace hostlease {

/// Cores of one node for one guest cell, in the order of its vCPUs.
struct PlacedPart {
    std::size_t cell = 0;
    unsigned node = 0;
    CoreList cores;
};

/// The memory for this number of cores of a cell; `cells` has the number of cores of each cell.
std::uint64_t memory_of(const PinningRequest& request, const std::vector<unsigned>& cells, std::size_t cell,
                        unsigned cores);

/// Assigns each cell its number of cores from `usable`, which must have enough; a guest without cells counts
/// as one cell. The parts are in the order of the vCPUs.
std::vector<PlacedPart> place_cells(const CorePool& pool, const PinningRequest& request,
                                    const std::vector<unsigned>& cells, const CoreList& usable);

} // namespace hostlease
