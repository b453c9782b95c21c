// Which CPUs a domain wants for itself: code that the knobs of isolation, interrupts, workqueues and
// watchdogs share.
#pragma once

#include "knobs/knob.hpp"

#include <optional>

namespace hostlease {

/// The setting that asks for isolation: cpus.isolate, else the first of the table that is not "leave";
/// nullptr if no setting does.
const Setting* isolation_setting(const Policy& policy);

/// The CPUs that [cpus] isolates: those that the vCPUs are pinned to, or the policy's list. Empty if the
/// policy has no [cpus], or if it says "none" or "leave".
CpuSet isolated_cpus(const PlanInput& input);

/// Siblings of the vCPUs' CPUs that must stay idle: for a domain that the policy places.
CpuSet idle_cpus(const PlanInput& input);

/// The CPUs that interrupts and kernel work avoid: the isolated ones, or the pinned ones if the policy does
/// not mention [cpus].
CpuSet quiet_cpus(const PlanInput& input);

/// Like quiet_cpus; if there are none, also warns at `setting` that `key` has no effect.
CpuSet quiet_or_note(const PlanInput& input, std::string_view key, KnobPlan& plan);

/// Whether the host keeps a CPU if `key` clears the `quiet` CPUs in addition to other leases with the same
/// key. If not, notes that the key is not applied; an error if it is required.
bool leaves_host_cpus(const PlanInput& input, std::string_view key, const CpuSet& quiet, KnobPlan& plan);

/// The claim of `key` for a knob that avoids the quiet CPUs: all possible CPUs but these, without a target.
/// None if the policy does not set the key; none and a note if there are no quiet CPUs, or if the host would
/// have no CPU left.
std::optional<Claim> claim_cpus_left(const PlanInput& input, std::string_view key, Phase phase,
                                     KnobPlan& plan);

} // namespace hostlease
