// How the vCPUs of a guest's sockets and dies lie in its NUMA cells.
#pragma once

#include "core/cpu_set.hpp"

#include <vector>

namespace hostlease {

/// Whether each run of `size` vCPUs, such as a die of the guest, is within one of the guest's NUMA cells.
/// Linux expects that of vCPUs with a common last-level cache. Source: topology_sane of
/// arch/x86/kernel/smpboot.c (Linux 6.12), "llc-sibling CPU ... is not on the same node".
bool is_within_cells(const std::vector<CpuSet>& cells, unsigned vcpus, unsigned size);

/// The fewest sockets of equal size that are each within one of the guest's NUMA cells: as many as vCPUs if
/// no larger ones are, and 1 if fewer than two cells have vCPUs.
unsigned sockets_for_cells(const std::vector<CpuSet>& cells, unsigned vcpus);

} // namespace hostlease
