// The sockets, dies, cores and threads that a guest is to see.
#pragma once

#include "suggest/core_pool.hpp"

namespace hostlease {

/// Fills sockets, dies, cores and threads for these cores, which are in the order of the vCPUs. A die for each of the host's last level
/// caches, since QEMU lets the cores of a die share one; a socket for each of the host's packages where the guest has cells on two.
/// Both only where the parts are equal; else one.
void shape_guest(const CoreList& cores, unsigned threads, std::size_t cells, Pinning& pinning);

} // namespace hostlease
