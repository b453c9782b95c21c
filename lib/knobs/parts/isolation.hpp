// Which CPUs a domain wants for itself: what the knobs of isolation, interrupts, workqueues and watchdogs
// have in common.
#pragma once

#include "knobs/knob.hpp"

#include <optional>

namespace hostlease {

/// The setting that asks for isolation: cpus.isolate, else the first of the table that is not "leave";
/// nullptr when nobody asks.
const Setting* isolation_setting(const Policy& policy);

/// The CPUs that [cpus] isolates: those that the vCPUs are pinned to, or the policy's list; none when the
/// policy has no [cpus], since nobody asked for it, or says "none" or "leave".
CpuSet isolated_cpus(const PlanInput& input);

/// Siblings of the vCPUs' CPUs that nothing may run on: of a domain that the policy places.
CpuSet idle_cpus(const PlanInput& input);

/// The CPUs that interrupts and kernel work keep away from: the isolated ones, or, when the policy says
/// nothing of [cpus], the pinned ones.
CpuSet quiet_cpus(const PlanInput& input);

/// quiet_cpus, and when there are none a warning at `setting` that `key` does nothing.
CpuSet quiet_or_note(const PlanInput& input, std::string_view key, KnobPlan& plan);

/// Whether the host keeps a CPU of its own when `key` keeps it off `quiet`, beside the other leases that ask
/// for the same; else a note that it is not done, an error where it is required.
bool leaves_host_cpus(const PlanInput& input, std::string_view key, const CpuSet& quiet, KnobPlan& plan);

/// What `key` asks of a knob that keeps off the quiet CPUs: a claim of the CPUs that are left of all possible
/// ones, without a target. None where the policy does not ask, and, with a note, where there are no quiet
/// CPUs or the host would have none.
std::optional<Claim> claim_cpus_left(const PlanInput& input, std::string_view key, Phase phase,
                                     KnobPlan& plan);

} // namespace hostlease
