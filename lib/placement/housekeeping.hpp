// Places QEMU's other threads on cores that stay with the host.
#pragma once

#include "placement/core_pool.hpp"

namespace hostlease {

/// Fills emulator and iothreads; `cores` are the guest's. Prefers cores of the guest's nodes, and there cores
/// that no VM may use, cores below the guest's caches, and slow ones. Uses other nodes only if none is left
/// on the guest's own.
void place_helpers(const CorePool& pool, const CoreList& cores, unsigned iothreads, Pinning& pinning);

/// The warning of an emulator that is on other nodes than the vCPUs.
std::string far_emulator_text(const Pinning& pinning);

} // namespace hostlease
