// What is told of a pinning: reasons, warnings, and why there is none.
#pragma once

#include "suggest/placement.hpp"

namespace hostlease {

/// Why these cores, of this kind, with so many threads.
void explain_cores(const HostTopology& topology, const PinningRequest& request, const CorePool& pool, const CoreList& cores,
                   Pinning& pinning);

/// Why these nodes and caches.
void explain_nodes(const PinningRequest& request, const std::vector<PlacedPart>& parts, Pinning& pinning);

/// What the host keeps, and where the helpers are, which are there already.
void explain_host(const HostTopology& topology, const CorePool& pool, const CoreList& cores, Pinning& pinning);

/// Why no place was found, and what the largest VM would be.
std::string explain_refusal(const HostTopology& topology, const PinningRequest& request, const CorePool& pool);

} // namespace hostlease
