// The place of a VM by its policy: CPUs that no other VM has, or none.
#pragma once

#include "model/placement.hpp"
#include "placement/place_request.hpp"

namespace hostlease {

/// The part of the host that must hold all of a VM's vCPUs.
enum class PlaceScope { host, node, cache };

struct PlaceRules {
    PlaceScope scope = PlaceScope::host;
    unsigned housekeeping_cores = 1; // whole cores that stay with the host
    // whether QEMU's other threads get CPUs of their own if there is room
    bool own_helpers = false;
    bool spread = false; // keep VMs apart: prefer places with the most free cores
};

/// Chooses like choose_pinning(), with these additional rules. A vCPU never gets a CPU of another running
/// VM's vCPUs, nor one of the host's last cores, and stays on the nodes that its memory is bound to. CPUs of
/// isolcpus= come first and do not count as the host's cores. Only a VM that has no other place gets CPUs
/// that stopped VMs are pinned to, or else CPUs of other VMs' emulators and I/O threads, except those that a
/// partition has for itself; a warning says so. `problem` and `hint` say why there is no place, and which
/// CPUs are free.
Placement choose_place(const PlaceInput& input, const PlaceRules& rules);

} // namespace hostlease
