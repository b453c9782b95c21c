// The CPUs that a VM's vCPUs are to be pinned to: those they have, as far as no finding is about them.
#pragma once

#include "suggest/pinning.hpp"
#include "suggest/scene.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hostlease {

struct VcpuPins {
    std::vector<Pin> pins; // of all vCPUs, by number; as they are written where is_kept
    bool is_kept = true;
    std::optional<Topology> topology = {}; // that the guest is to see; nothing: it stays
    std::vector<CpuSet> cells = {};        // the vCPUs of each guest cell, by id; empty: they stay
    PinningRequest request = {};           // that QEMU's own threads are to be placed by
    std::vector<std::string> reasons = {}; // a sentence each
    std::vector<std::string> warnings = {};

    [[nodiscard]] CpuSet cpus() const;
};

/// Pins that no finding is about stay. Where one is, the pins that are right stay and the other vCPUs are placed beside them; all vCPUs
/// are placed anew only where that leaves fewer findings. Without a place the pins stay as they are, and a warning says why. The scene
/// has a topology.
VcpuPins choose_vcpu_pins(const SuggestScene& scene);

} // namespace hostlease
