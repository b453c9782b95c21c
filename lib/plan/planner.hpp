// The planner: what a domain's start would do to this host. Pure; the engine reads the facts that it is
// given.
#pragma once

#include "knobs/knob.hpp"

#include <cstdint>
#include <limits>

namespace hostlease {

/// Of a claim that the domain's lease did not have before: younger than all there are.
inline constexpr std::int64_t youngest = std::numeric_limits<std::int64_t>::max();

/// The claims of every knob, in registry order; nothing about files yet.
KnobPlan plan_claims(const PlanInput& input);

/// The whole plan, once `facts.files` tells of the files that `wanted`'s claims name. `leases` are all that
/// live, the domain's own left out. Claims that this host cannot serve are dropped with a note: an error
/// where the policy says required, else a warning. Claims that `own` has as well keep their age.
Plan finish_plan(const PlanInput& input, KnobPlan wanted, std::span<const KnobRecord> records);

} // namespace hostlease
