// What the schedulings of QEMU's vCPU, I/O and other threads share.
#pragma once

#include "knobs/knob.hpp"

namespace hostlease {

/// Claims, of the threads with this role ("vcpu", "iothread", "emulator") and these ids, what `key` says; they show once QEMU runs.
/// Nothing when there are no ids.
void claim_scheduling(const PlanInput& input, KnobPlan& plan, std::string_view key, std::string_view role, const CpuSet& ids);

/// The threads of QEMU that a claim of claim_scheduling means. Kernel threads that work for QEMU are none of them.
std::vector<Claim> resolve_scheduling(const Claim& open, const RunningFacts& running);

/// Whether the setting makes threads real-time ones.
bool is_realtime(const Setting& setting);

} // namespace hostlease
