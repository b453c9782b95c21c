// Messages of the knobs about a key that cannot be applied.
#pragma once

#include "knobs/knob.hpp"

#include <string>
#include <string_view>

namespace hostlease {

/// Reports at the policy's line of `key` that the key has no or only partial effect: an error, which refuses
/// the start, if the policy requires the key, else a warning.
void note_by_enforcement(const PlanInput& input, KnobPlan& plan, std::string_view key, std::string message,
                         std::string hint);

} // namespace hostlease
