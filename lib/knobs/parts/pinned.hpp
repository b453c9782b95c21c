// Code that the knobs of the domain's own CPUs share.
#pragma once

#include "knobs/knob.hpp"

#include <vector>

namespace hostlease {

/// Whether the start is refused because cpus.place found no CPUs. The knobs that need these CPUs then add no
/// notes of their own.
bool is_refused_a_place(const PlanInput& input);

/// What to do if the domain has no CPUs of its own: a policy with cpus.place rules out pins.
std::string hint_to_pin(const PlanInput& input, const char* hint);

/// The CPUs that the vCPUs are pinned to. If they are not pinned, the empty set and a note that `key` has no
/// effect.
CpuSet pinned_or_note(const PlanInput& input, std::string_view key, KnobPlan& plan);

/// The cpufreq policies that contain a pinned CPU. If there are none, a note that `key` has no effect, and
/// why.
std::vector<const CpufreqPolicy*> pinned_cpufreq_or_note(const PlanInput& input, std::string_view key,
                                                         KnobPlan& plan);

} // namespace hostlease
