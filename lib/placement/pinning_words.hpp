// The texts about a pinning: reasons, warnings, and why none was found.
#pragma once

#include "placement/place_cells.hpp"

namespace hostlease {

/// Adds why these cores were chosen, of this kind and with this number of threads.
void explain_cores(const HostTopology& topology, const PinningRequest& request, const CorePool& pool,
                   const CoreList& cores, Pinning& pinning);

/// Adds why these nodes and caches were chosen.
void explain_nodes(const PinningRequest& request, const std::vector<PlacedPart>& parts, Pinning& pinning);

/// Adds what the host keeps and where the helpers run; both must be set.
void explain_host(const HostTopology& topology, const CorePool& pool, const CoreList& cores,
                  Pinning& pinning);

/// Why no place was found, and how large a VM could be.
std::string explain_refusal(const HostTopology& topology, const PinningRequest& request,
                            const CorePool& pool);

} // namespace hostlease
