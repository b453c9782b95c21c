// The CPUs to pin the vCPUs to: existing pins, unless a finding is about them.
#pragma once

#include "advice/suggest/scene.hpp"
#include "placement/pinning.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hostlease {

struct VcpuPins {
    std::vector<Pin> pins; // of all vCPUs, by number; unchanged if is_kept
    bool is_kept = true;
    std::optional<Topology> topology = {}; // the guest's new topology; nullopt: unchanged
    std::vector<CpuSet> cells = {};        // the vCPUs of each guest cell, by id; empty: unchanged
    PinningRequest request = {};           // the request to place QEMU's other threads with
    std::vector<std::string> reasons = {}; // one sentence each
    std::vector<std::string> warnings = {};

    [[nodiscard]] CpuSet cpus() const;
};

/// Whether moving vCPUs can resolve findings of this rule. A pin to CPU 0 does not count: the audit only
/// advises against it, so the owner's choice stays.
bool is_about_vcpus(const Rule& rule);

/// Pins without a finding stay. Otherwise the correct pins stay and the other vCPUs are placed beside them;
/// all vCPUs are placed anew only if that leaves fewer findings. If there is no place, the pins stay and a
/// warning says why. The scene must have a topology.
VcpuPins choose_vcpu_pins(const SuggestScene& scene);

} // namespace hostlease
