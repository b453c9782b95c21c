#pragma once

#include "hook_call.hpp"

namespace hostlease {

/// Sends what the call did to the journal: one entry for each entry of its report, with HOSTLEASE_DOMAIN,
/// HOSTLEASE_UUID, HOSTLEASE_OPERATION and where it is about one HOSTLEASE_KNOB and HOSTLEASE_TARGET. Entries
/// that differ in the CPU or the like alone are one, with a HOSTLEASE_TARGET for each of their targets. A
/// last one is for the call as a whole, with a MESSAGE_ID of host/journal.hpp, HOSTLEASE_DURATION_USEC and
/// the parts of it. Nothing for a call that did not concern us.
void log_hook(Host& host, const HookCall& call, const HookOutcome& outcome);

} // namespace hostlease
