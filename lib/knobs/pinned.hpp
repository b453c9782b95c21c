// What knobs of the domain's own CPUs share.
#pragma once

#include "knobs/knob.hpp"

namespace hostlease {

/// The CPUs that the vCPUs are pinned to. When they are not pinned, the empty set and a warning at `setting` that `key` does nothing.
CpuSet pinned_or_note(const PlanInput& input, const Setting& setting, std::string_view key, KnobPlan& plan);

} // namespace hostlease
