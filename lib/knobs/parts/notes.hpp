// What the knobs say of a key that they cannot serve.
#pragma once

#include "knobs/knob.hpp"

#include <string>
#include <string_view>

namespace hostlease {

/// Says at the policy's line of `key` that it does nothing, or not all: an error where the policy requires
/// it, which refuses the start, else a warning.
void note_by_enforcement(const PlanInput& input, KnobPlan& plan, std::string_view key, std::string message,
                         std::string hint);

} // namespace hostlease
