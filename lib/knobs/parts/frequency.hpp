// What the two limits of a cpufreq policy's frequency share.
#pragma once

#include "knobs/knob.hpp"

namespace hostlease {

/// Claims the file `name` of each policy that holds a pinned CPU. "min" and "max" are the hardware's limits;
/// where the driver does not tell them, a note and no claim.
void plan_frequency(const PlanInput& input, KnobPlan& plan, std::string_view key, std::string_view name);

/// The highest frequency wins.
Combined combine_highest(std::string_view baseline, std::span<const std::string> claims);

/// The files read what all requests come to: heat, firmware and a lower maximum make it less than what was
/// written. More than that is somebody else's writing. Source: cpufreq_set_policy, drivers/cpufreq/cpufreq.c
/// (6.1).
bool may_become_frequency(std::string_view wrote, std::string_view found);

} // namespace hostlease
