// The planner: what the start of a domain would change on this host. Pure; the engine collects the
// facts.
#pragma once

#include "knobs/knob.hpp"

#include <cstdint>
#include <limits>

namespace hostlease {

/// The age of a claim that the domain's lease did not have before: younger than all others.
inline constexpr std::int64_t youngest = std::numeric_limits<std::int64_t>::max();

/// The claims of every knob, in registry order; does not check files yet.
KnobPlan plan_claims(const PlanInput& input);

/// The whole plan, once `facts.files` describes the files that `wanted`'s claims name. `leases` are all live
/// leases except the domain's own. Claims that this host cannot satisfy are dropped with a note: an error if
/// the policy requires the claim, else a warning. Claims that are also in `own` keep their age.
Plan finish_plan(const PlanInput& input, KnobPlan wanted, std::span<const KnobRecord> records);

} // namespace hostlease
