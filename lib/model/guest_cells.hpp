// Whether the sockets and dies of a guest fit into its NUMA cells.
#pragma once

#include "core/cpu_set.hpp"

#include <vector>

namespace hostlease {

/// Whether each run of `size` vCPUs, such as a die of the guest, is within one of the guest's NUMA cells.
/// Linux expects this of vCPUs that share a last-level cache. Source: topology_sane of
/// arch/x86/kernel/smpboot.c (Linux 6.12), "llc-sibling CPU ... is not on the same node".
bool is_within_cells(const std::vector<CpuSet>& cells, unsigned vcpus, unsigned size);

/// The fewest sockets of equal size for which each socket is within one of the guest's NUMA cells. One
/// socket for each vCPU if larger sockets do not fit; 1 if fewer than two cells have vCPUs.
unsigned sockets_for_cells(const std::vector<CpuSet>& cells, unsigned vcpus);

} // namespace hostlease
