// Code that the knobs for the two limits of a cpufreq policy's frequency share.
#pragma once

#include "knobs/knob.hpp"

namespace hostlease {

/// Claims the file `name` of each policy that contains a pinned CPU. "min" and "max" are the hardware's
/// limits; if the driver does not report them, adds a note and no claim.
void plan_frequency(const PlanInput& input, KnobPlan& plan, std::string_view key, std::string_view name);

/// The highest frequency wins.
Combined combine_highest(std::string_view baseline, std::span<const std::string> claims);

/// The files show the result of all requests: heat, firmware and a lower maximum reduce the written value.
/// A higher value was written by another program. Source: cpufreq_set_policy, drivers/cpufreq/cpufreq.c
/// (6.1).
bool may_become_frequency(std::string_view wrote, std::string_view found);

} // namespace hostlease
