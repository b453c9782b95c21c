// What knobs of the domain's own CPUs share.
#pragma once

#include "knobs/knob.hpp"

#include <vector>

namespace hostlease {

/// The CPUs that the vCPUs are pinned to. When they are not pinned, the empty set and a word that `key` does
/// nothing.
CpuSet pinned_or_note(const PlanInput& input, std::string_view key, KnobPlan& plan);

/// The cpufreq policies that hold a pinned CPU. Where there are none, a word that `key` does nothing, and
/// why.
std::vector<const CpufreqPolicy*> pinned_cpufreq_or_note(const PlanInput& input, std::string_view key,
                                                         KnobPlan& plan);

} // namespace hostlease
