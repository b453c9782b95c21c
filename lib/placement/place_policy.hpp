// The place of a VM by its policy: CPUs that no other VM has, or none.
#pragma once

#include "model/placement.hpp"
#include "placement/place_request.hpp"

namespace hostlease {

/// What must hold a VM's vCPUs.
enum class PlaceScope { host, node, cache };

struct PlaceRules {
    PlaceScope scope = PlaceScope::host;
    unsigned housekeeping_cores = 1; // whole cores that stay with the host
    // whether the CPUs of QEMU's other threads become the VM's alone, where there is room
    bool own_helpers = false;
    bool spread = false; // VMs apart from one another: where the most cores are free
};

/// Chooses as choose_pinning() does, and by these rules: never a CPU of another VM's vCPUs, emulator or I/O
/// threads for a vCPU, never the host's last cores, on the nodes that its memory is bound to. CPUs of
/// isolcpus= come first, and are none of the host's cores. VMs that do not run lose CPUs that they are pinned
/// to only if the VM has no other place. `problem` and `hint` say why there is no place, and what is free
/// where.
Placement choose_place(const PlaceInput& input, const PlaceRules& rules);

} // namespace hostlease
