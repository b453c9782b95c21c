// The sockets, dies, cores and threads of a guest.
#pragma once

#include "placement/core_pool.hpp"

namespace hostlease {

/// Fills sockets, dies, cores and threads for these cores, which are in the order of the vCPUs. One die for
/// each last level cache of the host, because in QEMU the cores of a die share one; one socket for each
/// package if the guest has cells on two. Both only if the parts are equal, otherwise one.
void shape_guest(const CoreList& cores, unsigned threads, std::size_t cells, Pinning& pinning);

} // namespace hostlease
