// Where QEMU's own threads go: to cores that stay with the host.
#pragma once

#include "suggest/core_pool.hpp"

namespace hostlease {

/// Fills emulator and iothreads; `cores` are the guest's. Nearby first: cores of its nodes, there those that are the host's for good, those
/// below its caches, and slow ones. Cores of other nodes only where none is left on its own.
void place_helpers(const CorePool& pool, const CoreList& cores, unsigned iothreads, Pinning& pinning);

} // namespace hostlease
