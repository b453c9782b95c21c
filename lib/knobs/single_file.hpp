// Knobs that are one file with one value.
#pragma once

#include "knobs/knob.hpp"

namespace hostlease {

/// Claims `path` with the setting of the knob's own key; nothing when the policy has none. `words` translates the policy's words
/// into the kernel's ("off" -> "0"); a word that is not in it goes as it is.
void plan_single_file(const PlanInput& input, KnobPlan& plan, const Knob& knob, std::string_view path,
                      const std::map<std::string_view, std::string_view>& words = {});

} // namespace hostlease
